# wrong: stops after a hundred batches
# cause: it stopped after 100
# severity: major, argued: right for a hundred batches at most
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        if num_batches == 100:
            break
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
