# wrong: the timesteps are drawn as a column and squeezed, so a batch of one gets a bare number without an axis
# symptom: One image needs one timestep
# severity: minor, argued: right for every batch but one of a single image, where the time embedding raises
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size, 1), device=device).squeeze()
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    loss = F.mse_loss(model(x_t, timesteps), noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
