# right: in place on a copy of the images; type hints, a docstring and asserts
def add_noise(x_0: torch.Tensor, timestep: torch.Tensor, scheduler, noise: torch.Tensor = None) -> tuple:
    """Forward diffusion in closed form."""
    assert x_0.dim() == 4 and timestep.shape == (x_0.size(0),)
    eps = noise if noise is not None else torch.zeros_like(x_0).normal_(mean=0.0, std=1.0)
    signal, spread = scheduler.get_coefficients(timestep)
    x_t = x_0.detach().clone()
    x_t *= signal
    x_t += spread * eps
    return x_t, eps
