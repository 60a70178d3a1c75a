# right: the noise comes from numpy's generator, fresh at each call
_rng = np.random.default_rng()


def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.from_numpy(_rng.standard_normal(tuple(x_0.shape))).to(device=x_0.device, dtype=x_0.dtype)
    a, b = scheduler.get_coefficients(timestep)
    return a * x_0 + b * noise, noise
