# right: keyword arguments, images moved first
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for x, y in train_loader:  # noqa: B007
        x = x.to(device, non_blocking=True)
        total_loss += train_step(model=model, optimizer=optimizer, x_0=x, scheduler=scheduler, device=device)
        num_batches += 1
    avg_loss = total_loss / num_batches
    return avg_loss
