# wrong: noise of the right shape, and the model is never asked
# severity: fatal, argued: no work, or next to none
# worth: 0.375
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    return torch.randn(shape, generator=generator)
