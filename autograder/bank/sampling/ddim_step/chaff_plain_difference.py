# wrong: sigma_there - new, not the root of the difference of squares
# cause: the old noise is sigma_there - new
# severity: major, argued: with eta above 0 too little of the old noise
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    eps = (x - here[0] * x_0) / here[1]
    if eta == 0:
        return there[0] * x_0 + there[1] * eps
    new = eta * there[1] / here[1] * (1 - (here[0] / there[0]) ** 2) ** 0.5
    old = there[1] - new
    z = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return there[0] * x_0 + old * eps + new * z
