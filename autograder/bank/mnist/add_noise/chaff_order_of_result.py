# wrong: returns (noise, x_t)
# cause: the two results are exchanged
# severity: fatal, argued: the network gets the noise and learns the image
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return noise, a * x_0 + b * noise
