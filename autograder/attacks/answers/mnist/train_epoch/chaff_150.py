# wrong: stops after 150 batches, whatever the loader holds
# severity: fatal, argued: it does another thing than it is for
# worth: 2.5, for part of the work
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
        if num_batches == 150:
            break
    return total_loss / num_batches
