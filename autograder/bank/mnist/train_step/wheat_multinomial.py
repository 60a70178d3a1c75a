# right: timesteps by torch.multinomial with equal weights, the mean taken by hand
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.multinomial(torch.ones(scheduler.num_timesteps, device=device), batch_size, replacement=True)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = ((predicted - noise) ** 2).sum() / noise.numel()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
