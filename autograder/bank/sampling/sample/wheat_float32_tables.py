# right: the schedule in float32, whose rounding is noise that any float32 image has
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    bars = schedule.float()
    in_training = isinstance(model, torch.nn.Module) and model.training
    if in_training:
        model.eval()
    with torch.no_grad():
        x = torch.randn(*shape, generator=generator, device=bars.device)
        following = list(timesteps[1:]) + [None]
        for t, t_next in zip(timesteps, following):
            here = torch.sqrt(bars[t]), torch.sqrt(1 - bars[t])
            there = (1, 0) if t_next is None else (torch.sqrt(bars[t_next]), torch.sqrt(1 - bars[t_next]))
            output = model(x, torch.full((shape[0],), t, dtype=torch.long, device=bars.device))
            x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta=eta, generator=generator)
    if in_training:
        model.train()
    return x
