# wrong: offset noise: a tenth is shared by all pixels of a channel
# cause: a part of it is shared by rows and columns
# severity: major, argued: not independent
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0) + 0.1 * torch.randn(*x_0.shape[:2], 1, 1, device=x_0.device)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
