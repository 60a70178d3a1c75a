# wrong: sigma_there is kept above 0.01, so that the image is never reached
# cause: x_0
# severity: major, argued: at (1, 0) some noise is left
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (next_signal, next_sigma) = here, there
    next_sigma = max(next_sigma, 0.01)
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x = next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * eps
    if new > 0:
        x = x + new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x
