# wrong: the fresh noise is clamped to [-2, 2]
# cause: it is cut off (clamped)
# severity: major, argued: another noise than the normal one
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0).clamp(-2, 2)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
