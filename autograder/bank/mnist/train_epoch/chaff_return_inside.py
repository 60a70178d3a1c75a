# wrong: return inside the loop: one batch only
# cause: `return` stand inside the loop
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1  # noqa: SIM113
        return total_loss / num_batches
