# right: clears the gradients at the start of each round; train_step does so again
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        optimizer.zero_grad(set_to_none=True)
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
