# wrong: a learning-rate scheduler makes the rate smaller from epoch to epoch
# cause: should leave the optimizer's learning rate alone
# severity: major, argued: another learning rate
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.9)
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    schedule.step()
    return total_loss / num_batches
