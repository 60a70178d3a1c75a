# wrong: x_0 is not scaled by the signal of `there`
# cause: signal_there
# severity: major, measured
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    eps = (x - here[0] * x_0) / here[1]
    if eta == 0:
        return x_0 + there[1] * eps
    new = eta * there[1] / here[1] * (1 - (here[0] / there[0]) ** 2) ** 0.5
    old = max(there[1] ** 2 - new**2, 0) ** 0.5
    z = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x_0 + old * eps + new * z
