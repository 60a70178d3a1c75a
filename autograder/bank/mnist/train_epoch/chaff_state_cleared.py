# wrong: the optimizer's state is cleared before each epoch
# cause: should leave the optimizer's state alone
# severity: major, argued: Adam starts anew in each epoch
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    optimizer.state.clear()
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
