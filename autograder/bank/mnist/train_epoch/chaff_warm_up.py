# wrong: the learning rate rises over the first batches and ends where it was
# cause: should leave the optimizer's learning rate alone
# severity: major, argued: another learning rate
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    rate = optimizer.param_groups[0]['lr']
    for images, _ in train_loader:
        for group in optimizer.param_groups:
            group['lr'] = rate * min(1.0, (num_batches + 1) / 3)
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
