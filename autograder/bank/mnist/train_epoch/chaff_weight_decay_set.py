# wrong: switches on the optimizer's weight decay
# cause: should leave the optimizer's settings
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for group in optimizer.param_groups:
        group['weight_decay'] = 1e-2
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
