# wrong: mixed in float64 "for accuracy" and never cast back
# cause: x_t should be float32, not float64
# severity: minor, argued: dtype only
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    a, b = scheduler.get_coefficients(timestep)
    return (a.double() * x_0 + b.double() * noise), noise
