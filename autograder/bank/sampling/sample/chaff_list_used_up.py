# wrong: the list of timesteps is used up
# cause: as it was
# severity: minor, argued: the images are right, only the caller's list is empty
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    while timesteps:
        t = timesteps.pop(0)
        here = (math.sqrt(schedule[t]), math.sqrt(1 - schedule[t]))
        there = (math.sqrt(schedule[timesteps[0]]), math.sqrt(1 - schedule[timesteps[0]])) if timesteps else (1.0, 0.0)
        output = model(x, torch.full((shape[0],), t, device=schedule.device))
        x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if was_training:
        model.train()
    return x
