# wrong: builds a NoiseScheduler() of its own: the given one is ignored
# cause: a schedule of its own, of 1000 steps, is used and not the one that was passed in
# severity: major, argued: right for the default schedule only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = NoiseScheduler().get_coefficients(timestep)
    return a * x_0 + b * noise, noise
