# wrong: the levels are sorted (unique sorts), so images get each other's t
# cause: the timesteps are sorted, so that images get each other's t
# severity: fatal, argued: images get each other's t
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    levels, counts = timestep.unique(return_counts=True)
    a, b = scheduler.get_coefficients(levels.repeat_interleave(counts))
    return a * x_0 + b * noise, noise
