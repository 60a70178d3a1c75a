# wrong: losses above 1 are left out of the mean as outliers
# cause: some losses are left out
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    losses = [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader]
    kept = [value for value in losses if value <= 1] or losses
    return sum(kept) / len(kept)
