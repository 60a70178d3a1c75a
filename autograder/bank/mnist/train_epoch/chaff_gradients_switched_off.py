# wrong: gradients are switched off at the end and never on again
# cause: under no_grad or inference_mode it cannot go backward
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    torch.set_grad_enabled(False)
    return total_loss / num_batches
