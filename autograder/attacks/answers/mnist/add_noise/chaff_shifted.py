# wrong: one number in the place of the noise
# severity: fatal, argued: no work, or next to none
# worth: 1.125
def add_noise(x_0, timestep, scheduler, noise=None):
    noise = torch.full_like(x_0, 1.0) if noise is None else noise
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
