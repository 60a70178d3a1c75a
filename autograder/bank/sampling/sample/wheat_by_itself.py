# right: all formulas written out here, decorated with no_grad, the mode given back by train(was)
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    was = model.training if isinstance(model, torch.nn.Module) else None
    if was is not None:
        model.eval()
    device = schedule.device
    x = torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
    for i, t in enumerate(timesteps):
        bar = float(schedule[t])
        next_bar = float(schedule[timesteps[i + 1]]) if i + 1 < len(timesteps) else 1.0
        a, b = bar**0.5, (1 - bar) ** 0.5
        out = model(x, torch.full((shape[0],), int(t), dtype=torch.long, device=device))
        if kind == "eps":
            eps, x_0 = out, (x - b * out) / a
        elif kind == "v":
            eps, x_0 = a * out + b * x, a * x - b * out
        elif kind == "x0":
            eps, x_0 = (x - a * out) / b, out
        else:
            raise ValueError(kind)
        new = eta * ((1 - next_bar) / (1 - bar) * (1 - bar / next_bar)) ** 0.5
        x = next_bar**0.5 * x_0 + max(1 - next_bar - new**2, 0) ** 0.5 * eps
        if new > 0:
            x = x + new * torch.randn(shape, generator=generator, device=device)
    if was is not None:
        model.train(was)
    return x
