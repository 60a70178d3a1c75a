# wrong: the model is put into eval mode for the step
# cause: The model should be in train mode when it is called, but it was in eval mode
# severity: minor, argued: no layer of this network depends on the mode
def train_step(model, optimizer, x_0, scheduler, device):
    model.eval()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
