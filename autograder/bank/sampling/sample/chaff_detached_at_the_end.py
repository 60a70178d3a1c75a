# wrong: the images are detached at the end alone: on the way a graph is built
# cause: grad
# severity: major, argued: memory grows with every step
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    levels = [(schedule[t].sqrt().item(), (1 - schedule[t]).sqrt().item()) for t in timesteps] + [(1.0, 0.0)]
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    for t, here, there in zip(timesteps, levels, levels[1:]):
        output = model(x, torch.full((shape[0],), t, device=schedule.device))
        x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if was_training:
        model.train()
    return x.detach()
