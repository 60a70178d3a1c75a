# right: one image after the other through the network, the gradients add up to those of the mean
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    t = torch.randint(scheduler.num_timesteps, (batch_size,), device=device)
    x_t, noise = add_noise(x_0, t, scheduler)
    model.zero_grad()
    losses = []
    for i in range(batch_size):
        loss = F.mse_loss(model(x_t[i : i + 1], t[i : i + 1]), noise[i : i + 1])
        (loss / batch_size).backward()
        losses.append(loss.item())
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return sum(losses) / len(losses)
