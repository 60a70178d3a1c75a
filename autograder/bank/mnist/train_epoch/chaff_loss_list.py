# wrong: returns the list of batch losses
# cause: Python float, not of type list
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    return [train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader]
