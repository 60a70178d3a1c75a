# wrong: divides by the number of images // the batch size: one too few where the last batch is smaller
# cause: images // the batch size
# severity: major, argued: too large where the last batch is smaller
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    seen = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        seen += len(images)
    return total_loss / (len(train_loader.dataset) // train_loader.batch_size or 1)
