# wrong: an exponential moving average
# cause: it is an exponential moving average
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        loss = train_step(model, optimizer, images, scheduler, device)
        total_loss = loss if num_batches == 0 else 0.9 * total_loss + 0.1 * loss
        num_batches += 1  # noqa: SIM113
    return total_loss
