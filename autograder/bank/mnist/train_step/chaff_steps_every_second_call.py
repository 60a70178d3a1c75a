# wrong: gradients are gathered over two calls, then one step
# symptom: The optimizer that was given never takes a step
# severity: major, argued: a step goes by two batches, and half of the calls take none
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    train_step.count = getattr(train_step, "count", 0) + 1
    if train_step.count % 2 == 0:
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()
