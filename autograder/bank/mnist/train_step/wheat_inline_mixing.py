# right: mixes by get_coefficients itself, noise drawn before the timesteps
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    noise = torch.randn_like(x_0)
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    signal, amount = scheduler.get_coefficients(timesteps)
    x_t = signal * x_0 + amount * noise
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
