# wrong: a tenth of the noise is one picture for the whole batch
# cause: a part of it is shared by images
# severity: major, argued: not independent
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = (torch.randn_like(x_0) + 0.1 * torch.randn_like(x_0[0])) / 1.01**0.5
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
