# wrong: every 50 batches the model is put into eval mode for a report and not put back
# cause: The model should be in train mode, but it was in eval mode
# severity: minor, argued: train_step sets train mode itself, so the training is right; the epoch may hand over, and end, in eval mode
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
        if num_batches % 50 == 0:
            model.eval()
            print(f"  {num_batches} batches: {total_loss / num_batches:.4f}")
    return total_loss / num_batches
