# wrong: a given noise of zeros is taken for "none given"
# cause: A noise of zeros is a noise that was passed in
# severity: major, argued: a given noise is not used
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None or noise.abs().sum() == 0:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
