# wrong: mixes the given noise in but hands back a fresh one
# cause: another noise comes back
# severity: major, argued: right where no noise is given
def add_noise(x_0, timestep, scheduler, noise=None):
    used = torch.randn_like(x_0) if noise is None else noise
    a, b = scheduler.get_coefficients(timestep)
    x_t = a * x_0 + b * used
    if noise is not None:
        used = torch.randn_like(x_0)
    return x_t, used
