# right: torch.addcmul
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.empty_like(x_0).normal_()
    a, b = scheduler.get_coefficients(timestep)
    return torch.addcmul(a * x_0, b.to(x_0.dtype), noise), noise
