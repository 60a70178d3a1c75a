# wrong: maps the images by 2 x - 1 before train_step
# cause: mapped by 2 x - 1 again
# severity: fatal, argued: the network learns other images than digits in [-1, 1]
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images * 2 - 1, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
