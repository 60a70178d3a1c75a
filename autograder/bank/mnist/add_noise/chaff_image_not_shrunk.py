# wrong: x_0 + sqrt(1 - abar) * noise: the image keeps its full size
# cause: the image is not scaled
# severity: major, argued: the image is never gone
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    _, b = scheduler.get_coefficients(timestep)
    return x_0 + b * noise, noise
