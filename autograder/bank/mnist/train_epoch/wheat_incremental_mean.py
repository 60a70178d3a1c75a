# right: the mean is updated at each batch
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0
    mean = 0.0
    for images, *_ in train_loader:
        num_batches += 1  # noqa: SIM113
        mean += (train_step(model, optimizer, images, scheduler, device) - mean) / num_batches
    return mean
