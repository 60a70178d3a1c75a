# right: at the last timestep the image itself is returned, without a step
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    level = lambda t: (math.sqrt(schedule[t].item()), math.sqrt(1 - schedule[t].item()))
    mode = getattr(model, "training", None)
    if mode is not None:
        model.train(False)
    with torch.no_grad():
        x = torch.randn(*shape, generator=generator, device=schedule.device)
        for number, t in enumerate(timesteps):
            answer = model(x, torch.full(shape[:1], t, device=schedule.device))
            x_0 = to_x_0(kind, answer, x, *level(t))
            if number < len(timesteps) - 1:
                x = ddim_step(x, x_0, level(t), level(timesteps[number + 1]), eta, generator)
    if mode is not None:
        model.train(mode)
    return x_0
