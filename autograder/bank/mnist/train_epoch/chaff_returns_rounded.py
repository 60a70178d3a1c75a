# wrong: rounds the mean to two digits
# cause: the mean was rounded to 2 digits
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    losses = [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader]
    return round(sum(losses) / len(losses), 2)
