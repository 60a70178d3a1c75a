# right: written for one image, mapped over the batch
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.normal(0.0, 1.0, size=tuple(x_0.shape), dtype=x_0.dtype, device=x_0.device)

    def one(image, eps, signal, spread):
        return signal * image + spread * eps

    signal, spread = scheduler.get_coefficients(timestep)
    return torch.vmap(one)(x_0, noise, signal, spread), noise
