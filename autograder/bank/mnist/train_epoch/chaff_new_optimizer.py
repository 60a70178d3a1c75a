# wrong: a new Adam for each epoch
# cause: it got another: optimizer
# severity: major, argued: Adam starts anew in each epoch
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
