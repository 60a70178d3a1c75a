# wrong: returns a numpy float32
# cause: Python float, not of type float32
# severity: minor, argued: the number is right
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    return np.mean(
        np.array(
            [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader], dtype=np.float32
        )
    )
