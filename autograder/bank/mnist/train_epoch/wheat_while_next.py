# right: an iterator and next
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    batches = iter(train_loader)
    while True:
        try:
            images, _ = next(batches)
        except StopIteration:
            break
        total_loss = total_loss + train_step(model, optimizer, images, scheduler, device)
        num_batches = num_batches + 1
    return float(total_loss) / float(num_batches)
