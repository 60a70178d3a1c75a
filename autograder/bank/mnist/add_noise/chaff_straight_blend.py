# wrong: (1 - b) x_0 + b noise, as in flow matching
# cause: they should not add up to 1, but their squares
# severity: major, argued: too little image
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return torch.lerp(x_0, noise, b), noise
