# wrong: the loop goes over pairs: at the last timestep the model is not asked, and the image is never reached
# cause: the last step
# severity: major, measured
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    signals, sigmas = schedule.sqrt().tolist(), (1 - schedule).sqrt().tolist()
    levels = [(signals[t], sigmas[t]) for t in timesteps]
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    with torch.no_grad():
        for t, here, there in zip(timesteps, levels, levels[1:]):
            output = model(x, torch.full((shape[0],), t, device=schedule.device))
            x_0 = to_x_0(kind, output, x, *here)
            x = ddim_step(x, x_0, here, there, eta, generator)
    if was_training:
        model.train()
    return x
