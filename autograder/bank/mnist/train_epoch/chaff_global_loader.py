# wrong: loops over the notebook's global loader, not over the given one
# cause: is it the notebook's own train_loader
# severity: major, argued: right for the notebook's loader only
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in globals()["train_loader"]:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
