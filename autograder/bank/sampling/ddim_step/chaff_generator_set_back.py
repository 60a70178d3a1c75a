# wrong: the given generator is set back to its seed at each call
# cause: two calls in a row
# severity: major, measured
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    eps = (x - here[0] * x_0) / here[1]
    if eta == 0:
        return there[0] * x_0 + there[1] * eps
    new = eta * there[1] / here[1] * (1 - (here[0] / there[0]) ** 2) ** 0.5
    old = max(there[1] ** 2 - new**2, 0) ** 0.5
    if generator is not None:
        generator.manual_seed(generator.initial_seed())
    z = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return there[0] * x_0 + old * eps + new * z
