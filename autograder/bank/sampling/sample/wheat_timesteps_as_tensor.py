# right: the timesteps as a tensor, whose items are handed on; every table looked up at once
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    steps = torch.as_tensor(list(timesteps), device=schedule.device)
    bars = torch.cat([schedule[steps], schedule.new_ones(1)])
    signals, sigmas = bars.sqrt(), (1 - bars).sqrt()
    training = model.training if isinstance(model, torch.nn.Module) else False
    if training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    for k in range(len(steps)):
        here, there = (signals[k], sigmas[k]), (signals[k + 1], sigmas[k + 1])
        output = model(x, steps[k].expand(shape[0]))
        x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if training:
        model.train()
    return x
