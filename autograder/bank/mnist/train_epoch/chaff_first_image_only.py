# wrong: passes only the first image of each batch
# symptom: should get a batch of shape
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images[:1], scheduler, device)
        num_batches += 1
    return total_loss / num_batches
