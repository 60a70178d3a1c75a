# wrong: passes the labels in place of the images
# cause: labels were passed in their place
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, labels in train_loader:  # noqa: B007
        total_loss += train_step(model, optimizer, labels, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
