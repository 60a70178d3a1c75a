# wrong: divided by 64, the batch count of the laptop preset
# cause: is divided by 64
# severity: major, argued: right for 64 batches only
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0  # noqa: F841
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
    return total_loss / 64
