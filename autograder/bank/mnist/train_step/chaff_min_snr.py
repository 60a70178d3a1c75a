# wrong: the loss of each image is weighted by min(SNR, 5) / SNR
# cause: weighted by min(SNR, 5) / SNR
# severity: major, argued: another loss where little noise is in x_t
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    bar = scheduler.alphas_cumprod.to(device)[timesteps]
    snr = bar / (1 - bar)
    weight = snr.clamp(max=5.0) / snr
    loss = (weight * (predicted - noise).square().mean(dim=(1, 2, 3))).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
