# wrong: the sum of the losses
# cause: it is the sum; divide by the number of batches
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0  # noqa: F841
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
    return total_loss
