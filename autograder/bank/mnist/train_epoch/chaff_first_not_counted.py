# wrong: the first batch is trained on, but its loss is left out as warm-up
# cause: the first loss is left out
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    losses = [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader]
    return sum(losses[1:]) / max(len(losses) - 1, 1)
