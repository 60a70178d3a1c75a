# wrong: divides by images / batch size, which is no whole number where the last batch is smaller
# cause: counts for a whole one in the sum
# severity: major, argued: too large where the last batch is smaller
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss * train_loader.batch_size / len(train_loader.dataset)
