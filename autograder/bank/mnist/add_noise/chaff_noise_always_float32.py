# wrong: the noise is float32 even for float64 images
# cause: should be float64, not float32
# severity: minor, argued: dtype of float64 images only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.shape, device=x_0.device, dtype=torch.float32)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
