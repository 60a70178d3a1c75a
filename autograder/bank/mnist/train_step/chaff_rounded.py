# wrong: round(rand * (T - 1)): the two ends come half as often
# cause: were the timesteps rounded
# severity: major, argued: both ends come half as often
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = (torch.rand(batch_size, device=device) * (scheduler.num_timesteps - 1)).round().long()
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
