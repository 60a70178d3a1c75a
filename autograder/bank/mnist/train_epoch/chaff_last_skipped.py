# wrong: the last batch is left out
# cause: the last was left out
# severity: major, argued: one batch is not trained on
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    batches = list(train_loader)
    for images, _ in batches[:-1]:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / max(num_batches, 1)
