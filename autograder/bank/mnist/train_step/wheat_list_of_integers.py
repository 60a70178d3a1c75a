# right: timesteps by random.randrange, the gradients' norm taken by hand
import random


def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    timesteps = torch.tensor([random.randrange(scheduler.num_timesteps) for _ in range(batch_size)], device=device)
    x_t, noise = add_noise(x_0, timesteps, scheduler)
    predicted = model(x_t, timesteps)
    loss = F.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    norm = torch.linalg.vector_norm(torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]))
    if norm > 1.0:
        for p in model.parameters():
            if p.grad is not None:
                p.grad.div_(norm)
    optimizer.step()
    return loss.item()
