# wrong: x_t is clamped to [-1, 1] like an image
# cause: the numbers are cut off
# severity: major, argued: another x_t wherever it leaves [-1, 1]
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return (a * x_0 + b * noise).clamp(-1, 1), noise
