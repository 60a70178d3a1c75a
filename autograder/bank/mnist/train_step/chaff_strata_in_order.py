# wrong: stratified timesteps that are never shuffled: the first image always gets an early one
# cause: are they sorted, or counted up
# severity: major, argued: a timestep depends on the image's place
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    places = torch.arange(batch_size, device=device) + torch.rand(batch_size, device=device)
    timesteps = (places * scheduler.num_timesteps / batch_size).long().clamp(max=scheduler.num_timesteps - 1)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
