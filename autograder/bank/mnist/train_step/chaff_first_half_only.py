# wrong: only the first half of the batch enters the loss
# cause: only the first half of the batch counts
# severity: major, argued: half of each batch is not used
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    half = (batch_size + 1) // 2
    loss = F.mse_loss(predicted[:half], noise[:half])
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
