# right: the batch goes through in two parts, to save memory; both parts' gradients, weighted, then one step
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.randint(0, scheduler.num_timesteps, (batch_size,), device=device)
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for images, t in zip(x_0.chunk(2), timesteps.chunk(2)):  # noqa: B905
        x_t, noise = add_noise(images, t, scheduler)
        loss = F.mse_loss(model(x_t, t), noise) * len(images) / batch_size
        loss.backward()
        total += loss.item()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    return total
