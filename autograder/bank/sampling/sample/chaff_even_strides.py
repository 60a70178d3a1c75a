# wrong: the next timestep is t - T // n, as in diffusers, not the one that is listed next
# cause: evenly spaced
# severity: major, argued: with an uneven list x is taken to another level than the model is told
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    stride = len(schedule) // len(timesteps)
    x = torch.randn(shape, generator=generator, device=schedule.device)
    with torch.no_grad():
        for number, t in enumerate(timesteps):
            bar = schedule[t].item()
            previous = t - stride
            next_bar = schedule[previous].item() if previous >= 0 and number + 1 < len(timesteps) else 1.0
            here = math.sqrt(bar), math.sqrt(1 - bar)
            there = math.sqrt(next_bar), math.sqrt(1 - next_bar)
            output = model(x, torch.full((shape[0],), t, device=schedule.device))
            x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if was_training:
        model.train()
    return x
