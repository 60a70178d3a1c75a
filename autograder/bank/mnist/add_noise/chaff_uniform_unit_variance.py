# wrong: uniform noise, shifted and scaled to mean 0 and deviation 1
# cause: looks uniform
# severity: major, argued: another noise than the normal one
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = (torch.rand_like(x_0) - 0.5) * math.sqrt(12)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
