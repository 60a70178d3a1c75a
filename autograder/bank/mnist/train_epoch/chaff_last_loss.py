# wrong: the loss is overwritten: only the last batch's is left
# cause: it is the loss of the last batch
# severity: major, argued: one batch in the place of all
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss = train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss
