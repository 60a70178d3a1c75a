# right: roots of alphas_cumprod, taken here
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    noise = torch.empty_like(x_0).normal_()
    bar = scheduler.alphas_cumprod.to(device)[timesteps].view(-1, 1, 1, 1)
    x_t = bar.sqrt() * x_0 + (1 - bar).sqrt() * noise
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
