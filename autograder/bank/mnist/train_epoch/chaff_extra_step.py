# wrong: steps the optimizer once more after each train_step
# cause: steps of its own
# severity: major, argued: each gradient is used twice
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        optimizer.step()
        num_batches += 1
    return total_loss / num_batches
