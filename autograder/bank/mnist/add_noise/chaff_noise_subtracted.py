# wrong: the noise is subtracted
# cause: the noise is subtracted
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 - b * noise, noise
