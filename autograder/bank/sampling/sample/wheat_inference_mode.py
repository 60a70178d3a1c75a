# right: under inference_mode, a copy of the result made outside; pairs of timesteps
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    def level(t):
        return (1.0, 0.0) if t is None else (schedule[t].item() ** 0.5, (1 - schedule[t].item()) ** 0.5)

    mode = getattr(model, "training", False)
    if mode:
        model.eval()
    with torch.inference_mode():
        x = torch.randn(shape, generator=generator, device=schedule.device)
        steps = [*timesteps, None]
        for now, after in zip(steps[:-1], steps[1:]):
            t = torch.full((len(x),), now, device=x.device, dtype=torch.int64)
            x_0 = to_x_0(kind, model(x, t), x, *level(now))
            x = ddim_step(x, x_0, level(now), level(after), eta, generator)
    if mode:
        model.train()
    return x.clone()
