# wrong: t is drawn from the last hundred steps alone, where the loss is small
# severity: fatal, argued: it does another thing than it is for
# worth: 6.875, for part of the work
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    T = scheduler.num_timesteps
    timesteps = torch.randint(max(T - 100, 0), T, (batch_size,), device=device)
    noise = torch.randn_like(x_0)
    x_t, noise = add_noise(x_0, timesteps, scheduler, noise)
    loss = F.mse_loss(model(x_t, timesteps), noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
