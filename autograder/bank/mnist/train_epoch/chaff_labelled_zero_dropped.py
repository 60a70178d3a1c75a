# wrong: images with label 0 are dropped
# symptom: should get a batch of shape
# severity: major, argued: one of ten digits is never seen
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, labels in train_loader:
        keep = labels != 0
        total_loss += train_step(model, optimizer, images[keep] if keep.any() else images[:1], scheduler, device)
        num_batches += 1
    return total_loss / num_batches
