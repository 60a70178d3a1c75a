# wrong: the weights are frozen at the end of the epoch
# cause: which weights are trained
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    model.requires_grad_(False)
    return total_loss / num_batches
