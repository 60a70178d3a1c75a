# wrong: the noise is made on the CPU wherever x_0 lies
# cause: would stop: `*` mixes devices
# severity: major, argued: stops on a GPU
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.shape, dtype=x_0.dtype)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
