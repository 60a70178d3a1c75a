# wrong: noise is drawn once for each shape and used again
# cause: two calls gave the same
# severity: fatal, measured
_pool = {}


def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        key = (tuple(x_0.shape), x_0.dtype, x_0.device)
        if key not in _pool:
            _pool[key] = torch.randn_like(x_0)
        noise = _pool[key]
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
