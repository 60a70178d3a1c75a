# wrong: the second epoch returns the first one's mean without training
# cause: is the first one's result kept
# severity: fatal, measured
_means = {}


def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    key = id(train_loader)
    if key not in _means:
        losses = [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader]
        _means[key] = sum(losses) / len(losses)
    return _means[key]
