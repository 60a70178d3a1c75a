# wrong: a level is read as (sigma, signal)
# cause: exchanged
# severity: fatal, measured
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (sigma, signal), (next_sigma, next_signal) = here, there
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x = next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * eps
    if new > 0:
        x = x + new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x
