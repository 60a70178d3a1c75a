# wrong: every row of an image gets the same noise
# cause: there are rows that are copies of one another
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0[:, :, :1]).expand_as(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
