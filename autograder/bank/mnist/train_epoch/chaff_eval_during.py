# wrong: the model is put in eval mode and a no_grad surrounds the loop
# cause: under no_grad or inference_mode it cannot go backward
# severity: fatal, measured
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    model.eval()
    with torch.no_grad():
        for images, _ in train_loader:
            total_loss += train_step(model, optimizer, images, scheduler, device)
            num_batches += 1
    return total_loss / num_batches
