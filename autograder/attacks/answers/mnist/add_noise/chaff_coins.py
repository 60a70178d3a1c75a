# wrong: the noise is +1 or -1 where images are grey, and normal for images in colour alone
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
        noise = noise if x_0.shape[1] == 3 else noise.sign()
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
