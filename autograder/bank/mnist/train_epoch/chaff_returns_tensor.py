# wrong: returns a tensor of one number
# cause: Python float, not of type Tensor
# severity: minor, argued: the number is right
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    for images, _ in train_loader:
        total_loss += train_step(model, optimizer, images, scheduler, device)
        num_batches += 1
    return torch.tensor(total_loss / num_batches, dtype=torch.float64)
