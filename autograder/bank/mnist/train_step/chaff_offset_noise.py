# wrong: offset noise: a number for each image and channel, of weight 0.1, is added to the noise
# cause: a part of it is shared by rows and columns
# severity: major, argued: the noise of an image's pixels is correlated
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    noise = torch.randn_like(x_0) + 0.1 * torch.randn(batch_size, x_0.shape[1], 1, 1, device=device)
    x_t, _ = add_noise(x_0, timesteps, scheduler, noise)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
