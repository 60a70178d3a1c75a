# right: weighted by size, divided by the number of images of the loader's data set
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device) * images.shape[0]
    return total_loss / len(train_loader.dataset)
