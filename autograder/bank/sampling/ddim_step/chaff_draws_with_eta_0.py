# wrong: noise is drawn with eta 0 as well, and multiplied by 0
# cause: draw
# severity: major, argued: the generator moves on, so that what is drawn next is other noise
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (next_signal, next_sigma) = here, there
    eps = (x - signal * x_0) / sigma
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    z = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * eps + new * z
