# wrong: the epoch runs under no_grad
# cause: under no_grad or inference_mode it cannot go backward
# severity: fatal, measured
@torch.no_grad()
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return total_loss / num_batches
