# wrong: the noise is taken away, not added
# cause: sign
# severity: major, measured
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (next_signal, next_sigma) = here, there
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x = next_signal * x_0 - math.sqrt(next_sigma**2 - new**2) * eps
    if new > 0:
        x = x + new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x
