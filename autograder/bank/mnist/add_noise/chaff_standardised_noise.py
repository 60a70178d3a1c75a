# wrong: each image's noise is standardised, so its elements are not independent
# cause: was it standardised
# severity: major, argued: not independent
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
        noise = noise - noise.mean(dim=(1, 2, 3), keepdim=True)
        noise = noise / noise.std(dim=(1, 2, 3), keepdim=True)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
