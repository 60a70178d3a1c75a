# wrong: one normal number for all pixels
# cause: one number stands everywhere
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(1, device=x_0.device) * torch.ones_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
