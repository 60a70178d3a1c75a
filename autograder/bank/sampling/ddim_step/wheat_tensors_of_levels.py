# right: the levels become tensors, and torch takes the roots
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    signal, sigma, next_signal, next_sigma = (
        torch.as_tensor(v, dtype=torch.float64, device=x.device) for v in (*here, *there)
    )
    share = (1 - (signal / next_signal).square()).clamp(min=0)
    new = eta * next_sigma / sigma * share.sqrt()
    eps = (x - signal * x_0) / sigma
    moved = next_signal * x_0 + (next_sigma.square() - new.square()).clamp(min=0).sqrt() * eps
    if eta == 0:
        return moved
    z = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    return moved + new * z.normal_(0.0, 1.0, generator=generator)
