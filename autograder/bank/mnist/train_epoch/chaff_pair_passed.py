# wrong: passes the whole batch, labels included
# cause: without the labels
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for batch in train_loader:
        total_loss += train_step(model, optimizer, batch, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
