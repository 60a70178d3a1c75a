# wrong: t = 0 is treated as t = 1
# cause: t = 0 is taken for t = 1
# severity: major, argued: wrong at t = 0
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep.clamp(min=1))
    return a * x_0 + b * noise, noise
