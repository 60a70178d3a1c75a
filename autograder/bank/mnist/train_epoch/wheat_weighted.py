# right: weighted by the number of images: the same with batches of one size
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0  # noqa: F841
    seen = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device) * images.size(0)
        seen += images.size(0)
    return total_loss / seen
