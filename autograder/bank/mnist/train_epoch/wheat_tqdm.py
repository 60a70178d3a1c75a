# right: tqdm with a running postfix
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    pbar = tqdm(train_loader, desc="Training", leave=False)
    for images, _ in pbar:
        loss = train_step(model, optimizer, images, scheduler, device)
        total_loss += loss
        num_batches += 1
        pbar.set_postfix({"loss": f"{loss:.4f}"})
    return total_loss / num_batches
