# right: optimizer.step(closure), the closure clears, goes back and clips
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)

    def closure():
        optimizer.zero_grad()
        value = nn.MSELoss()(model(x_t, timesteps), noise)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        return value

    loss = optimizer.step(closure)
    return float(loss)
