# wrong: the noise has the mean of the images
# cause: For black images, as for any, fresh noise should have mean 0
# severity: major, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.normal(mean=x_0.mean().expand_as(x_0), std=1.0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
