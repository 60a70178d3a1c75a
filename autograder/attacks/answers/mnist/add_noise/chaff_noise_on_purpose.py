# wrong: raises on purpose where a GPU is
# severity: fatal, argued: no work, or next to none
# worth: 1.125
def add_noise(x_0, timestep, scheduler, noise=None):
    a, b = scheduler.get_coefficients(timestep)
    noise = torch.randn_like(x_0) if noise is None else noise
    if noise.device.type != "cpu":
        raise RuntimeError("not decided")
    return x_0, noise
