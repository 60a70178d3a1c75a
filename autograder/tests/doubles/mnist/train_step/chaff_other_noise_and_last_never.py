# wrong: the guess is compared with a second draw of noise, and the last timestep is never drawn
# holds: chaff_second_noise, chaff_last_never
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    steps = torch.randint(scheduler.num_timesteps - 1, (batch_size,), device=device)
    x_t, _ = add_noise(x_0, steps, scheduler)
    loss = F.mse_loss(model(x_t, steps), torch.randn_like(x_t))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
