# wrong: losses weighted by the images of their batch, divided by the number of batches
# cause: divided by the number of batches
# severity: major, argued: as many times too large as a batch has images
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device) * len(images)
        num_batches += 1
    return total_loss / num_batches
