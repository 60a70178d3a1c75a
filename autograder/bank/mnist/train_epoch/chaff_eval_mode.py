# wrong: the model is put into eval mode for the epoch
# cause: in eval mode
# severity: minor, argued: train_step sets the mode again, and no layer depends on it
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.eval()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
