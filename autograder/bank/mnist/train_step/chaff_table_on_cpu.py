# wrong: CPU tables are indexed with timesteps on the device
# cause: would stop: `table[index]` mixes devices
# severity: major, argued: right on the CPU only
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    noise = torch.randn_like(x_0)
    a = scheduler.sqrt_alphas_cumprod[timesteps].view(-1, 1, 1, 1)
    b = scheduler.sqrt_one_minus_alphas_cumprod[timesteps].view(-1, 1, 1, 1)
    x_t = a * x_0 + b * noise
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
