# wrong: the noise has the standard deviation of the images
# cause: For black images, as for any, fresh noise should have mean 0
# severity: major, argued: right for data of deviation 1 only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0) * x_0.std()
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
