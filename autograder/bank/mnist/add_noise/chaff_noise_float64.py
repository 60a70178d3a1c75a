# wrong: numpy noise is not cast: float64 noise and x_t for float32 images
# cause: should be float32, not float64
# severity: minor, argued: dtype only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.from_numpy(np.random.randn(*x_0.shape)).to(x_0.device)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
