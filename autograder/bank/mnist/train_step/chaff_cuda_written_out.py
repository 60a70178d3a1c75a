# wrong: everything is moved to "cuda", whatever device is given
# cause: cuda is written out
# severity: fatal, measured
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    images = x_0.cuda()
    t = torch.randint(scheduler.num_timesteps, (len(images),)).cuda()
    noisy, noise = add_noise(images, t, scheduler)
    loss = F.mse_loss(model(noisy, t), noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
