# wrong: the model is asked for each image by itself
# cause: once
# severity: fatal, measured
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    signals, sigmas = schedule.sqrt().tolist(), (1 - schedule).sqrt().tolist()
    levels = [(signals[t], sigmas[t]) for t in timesteps] + [(1.0, 0.0)]
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    with torch.no_grad():
        for t, here, there in zip(timesteps, levels, levels[1:]):
            one = torch.full((1,), t, device=schedule.device)
            output = torch.cat([model(x[i : i + 1], one) for i in range(shape[0])])
            x_0 = to_x_0(kind, output, x, *here)
            x = ddim_step(x, x_0, here, there, eta, generator)
    if was_training:
        model.train()
    return x
