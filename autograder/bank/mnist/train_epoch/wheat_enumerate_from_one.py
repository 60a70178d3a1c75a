# right: enumerate from 1: the last index is the number of batches
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for num_batches, (images, _) in enumerate(train_loader, start=1):  # noqa: B007
        total_loss += train_step(model, optimizer, images, scheduler, device)
    return total_loss / num_batches
