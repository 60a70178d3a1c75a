# wrong: the model is asked in train mode
# cause: eval mode
# severity: major, argued: dropout and batch statistics act on the images
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    levels = [(schedule[t].item() ** 0.5, (1 - schedule[t].item()) ** 0.5) for t in timesteps] + [(1.0, 0.0)]
    x = torch.randn(shape, generator=generator, device=schedule.device)
    for t, here, there in zip(timesteps, levels[:-1], levels[1:]):
        output = model(x, torch.full((shape[0],), t, device=schedule.device))
        x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    return x
