# wrong: the return is missing
# cause: is a `return` missing
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    x_t = a * x_0 + b * noise
