# wrong: the first batch is used over and over
# cause: used again and again
# severity: fatal, argued: one batch is trained on
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    images, _ = next(iter(train_loader))
    for _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
