# wrong: the noise is overwritten by its scaled self, which is returned
# cause: the scaled noise is returned
# severity: fatal, argued: the network learns another target than the noise
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    noise = b * noise
    return a * x_0 + noise, noise
