# wrong: the model is left in eval mode, and every output is taken for eps
# holds: chaff_left_in_eval, chaff_kind_not_passed
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    levels = [(schedule[t].item() ** 0.5, (1 - schedule[t].item()) ** 0.5) for t in timesteps] + [(1.0, 0.0)]
    if hasattr(model, "eval"):
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    for t, here, there in zip(timesteps, levels[:-1], levels[1:]):
        output = model(x, torch.full((shape[0],), t, device=schedule.device))
        x = ddim_step(x, to_x_0("eps", output, x, *here), here, there, eta, generator)
    return x
