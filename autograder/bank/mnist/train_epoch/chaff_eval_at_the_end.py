# wrong: the model is left in eval mode
# cause: leaves it in eval mode
# severity: minor, argued: the next epoch sets the mode again
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    model.eval()
    return total_loss / num_batches
