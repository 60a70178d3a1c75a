# right: a generator of its own, seeded once and drawn on at each call
_generator = torch.Generator().manual_seed(1234)


def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.shape, generator=_generator).to(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
