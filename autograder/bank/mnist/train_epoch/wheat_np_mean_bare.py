# right: np.mean of a list: np.float64 is a Python float
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    return np.mean([train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader])
