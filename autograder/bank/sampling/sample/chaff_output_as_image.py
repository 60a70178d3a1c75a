# wrong: what the model returns is taken for the image
# cause: kind
# severity: fatal, measured
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    device = schedule.device
    was = getattr(model, "training", None)
    if was is not None:
        model.eval()
    x = torch.randn(shape, generator=generator, device=device)
    for i, t in enumerate(timesteps):
        last = i + 1 == len(timesteps)
        here = (schedule[t].item() ** 0.5, (1 - schedule[t].item()) ** 0.5)
        after = 1.0 if last else schedule[timesteps[i + 1]].item()
        there = (after**0.5, (1 - after) ** 0.5)
        ts = torch.full((shape[0],), t, dtype=torch.long, device=device)
        x_0 = model(x, ts)
        x = ddim_step(x, x_0, here, there, eta=eta, generator=generator)
    if was is not None:
        model.train(was)
    return x
