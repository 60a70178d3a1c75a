# right: one einsum for image and noise: float32 only, as the tables
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.size(), dtype=x_0.dtype, device=x_0.device)
    factors = torch.stack([c.flatten() for c in scheduler.get_coefficients(timestep)])
    return torch.einsum("kb,kb...->b...", factors, torch.stack([x_0, noise])), noise
