# wrong: only a noise drawn here is scaled before it is returned
# cause: the noise was scaled before it was returned
# severity: fatal, argued: the network learns another target than the noise
def add_noise(x_0, timestep, scheduler, noise=None):
    a, b = scheduler.get_coefficients(timestep)
    if noise is not None:
        return a * x_0 + b * noise, noise
    noise = b * torch.randn_like(x_0)
    return a * x_0 + noise, noise
