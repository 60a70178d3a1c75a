# wrong: three more axes behind the factors, which have them already
# symptom: the shape should be
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    a, b = a[:, None, None, None], b[:, None, None, None]
    return a * x_0 + b * noise, noise
