# wrong: always draws: the given noise is ignored
# cause: the noise that was passed in is ignored, and another one is drawn
# severity: major, argued: right where no noise is given
def add_noise(x_0, timestep, scheduler, noise=None):
    noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
