# wrong: grey images, all alike
# severity: fatal, argued: no work, or next to none
# worth: 0.125
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    return torch.zeros(shape)
