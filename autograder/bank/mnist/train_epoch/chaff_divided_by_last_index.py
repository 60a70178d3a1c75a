# wrong: enumerate from 0: divided by one too few
# cause: the sum is divided by one batch too few
# severity: major, argued: another number than the mean
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0  # noqa: F841
    for i, (images, _) in enumerate(train_loader):  # noqa: B007
        total_loss += train_step(model, optimizer, images, scheduler, device)
    return total_loss / max(i, 1)
