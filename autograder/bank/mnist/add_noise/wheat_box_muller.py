# right: normal noise from two uniforms by Box and Muller
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        u = 1.0 - torch.rand(x_0.shape, device=x_0.device, dtype=x_0.dtype)
        v = torch.rand(x_0.shape, device=x_0.device, dtype=x_0.dtype)
        noise = torch.sqrt(-2.0 * torch.log(u)) * torch.cos(2.0 * math.pi * v)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
