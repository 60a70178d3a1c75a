# wrong: the weights are shrunk after the epoch
# cause: Only train_step should change the model's weights
# severity: major, argued: the weights go elsewhere
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 0.999
    return total_loss / num_batches
