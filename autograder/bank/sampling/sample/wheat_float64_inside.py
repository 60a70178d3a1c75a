# right: x is kept in float64, and the model is asked in float32
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    is_module = isinstance(model, torch.nn.Module)
    before = is_module and model.training
    if is_module:
        model.eval()
    bars = [schedule[t].item() for t in timesteps] + [1.0]
    x = torch.randn(shape, generator=generator, device=schedule.device).double()
    for t, bar, next_bar in zip(timesteps, bars[:-1], bars[1:]):
        with torch.no_grad():
            output = model(x.float(), torch.tensor([t] * shape[0], device=schedule.device)).double()
        here = (math.sqrt(bar), math.sqrt(1 - bar))
        there = (math.sqrt(next_bar), math.sqrt(1 - next_bar))
        x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if is_module:
        model.train(before)
    return x.float()
