# wrong: what came in comes back
# severity: fatal, argued: no work, or next to none
# worth: 4.125, for part of the work
def add_noise(x_0, timestep, scheduler, noise=None):
    return x_0.clone(), torch.randn_like(x_0) if noise is None else noise
