# wrong: returns another draw than the one in x_t when none was given
# cause: should be the one that was mixed into x_t
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    a, b = scheduler.get_coefficients(timestep)
    x_t = a * x_0 + b * (torch.randn_like(x_0) if noise is None else noise)
    return x_t, torch.randn_like(x_0) if noise is None else noise
