# wrong: sigma_here / sigma_there in new, not the other way round
# cause: sigma_there / sigma_here
# severity: major, measured
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (next_signal, next_sigma) = here, there
    eps = (x - signal * x_0) / sigma
    new = 0.0
    if next_sigma > 0:
        new = eta * sigma / next_sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x = next_signal * x_0 + math.sqrt(max(0.0, next_sigma**2 - new**2)) * eps
    if new > 0:
        x = x + new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x
