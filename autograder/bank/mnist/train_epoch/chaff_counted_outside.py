# wrong: the count stands after the loop: it is 1
# cause: it is the sum; divide by the number of batches
# severity: major, argued: as many times too large as there are batches
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
    num_batches += 1
    return total_loss / num_batches
