# wrong: the first batch alone
# severity: fatal, argued: no work, or next to none
# worth: 2.5, for part of the work
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        return train_step(model, optimizer, images, scheduler, device)
