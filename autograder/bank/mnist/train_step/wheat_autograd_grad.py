# right: torch.autograd.grad, gradients scaled by own code and assigned
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    params = [p for p in model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(loss, params)
    total = torch.sqrt(sum((g.detach() ** 2).sum() for g in grads))
    factor = min(1.0, 1.0 / (total.item() + 1e-6))
    for p, g in zip(params, grads):  # noqa: B905
        p.grad = g * factor
    optimizer.step()
    return loss.item()
