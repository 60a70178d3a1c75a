# wrong: seeds the generator at each call, "to be reproducible"
# cause: two calls gave the same
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        torch.manual_seed(42)
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
