# wrong: always trains on the CPU device
# cause: but it got another
# severity: major, argued: right on the CPU only
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, torch.device("cpu"))
        num_batches += 1
    return total_loss / num_batches
