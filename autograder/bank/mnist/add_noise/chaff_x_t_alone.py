# wrong: the noise is not returned
# cause: should be two things
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise
