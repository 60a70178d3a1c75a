# right: a copy of x_0 at the image, then the way without noise, then the one with noise
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    if there[0] == 1:
        return x_0.clone()
    eps = (x - here[0] * x_0) / here[1]
    if not eta:
        return there[0] * x_0 + there[1] * eps
    step = (here[0] / there[0]) ** 2
    new = eta * (there[1] / here[1]) * (1 - step) ** 0.5
    old = (there[1] ** 2 - new**2) ** 0.5
    z = torch.randn(x.size(), generator=generator, device=x.device, dtype=x.dtype)
    return there[0] * x_0 + old * eps + new * z
