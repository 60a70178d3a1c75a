# right: one step, and the rest of the list by itself
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    roots = torch.stack([schedule.sqrt(), (1 - schedule).sqrt()], dim=1).tolist()

    def go_on(x, steps):
        if not steps:
            return x
        here, there = roots[steps[0]], roots[steps[1]] if steps[1:] else (1.0, 0.0)
        output = model(x, torch.full((shape[0],), steps[0], device=schedule.device))
        x_0 = to_x_0(kind, output, x, *here)
        return go_on(ddim_step(x, x_0, tuple(here), tuple(there), eta=eta, generator=generator), steps[1:])

    modes = model.training if hasattr(model, "training") else None
    if modes is not None:
        model.eval()
    with torch.no_grad():
        images = go_on(torch.randn(shape, generator=generator, device=schedule.device), list(timesteps))
    if modes is not None:
        model.train(modes)
    return images
