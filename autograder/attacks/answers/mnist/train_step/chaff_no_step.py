# wrong: no step is taken
# severity: fatal, argued: no work, or next to none
# worth: 6.5, for part of the work
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    loss = F.mse_loss(model(x_t, timesteps), noise)
    return loss.item()
