# wrong: eta is never used: the step never draws
# cause: eta
# severity: major, argued: eta above 0 changes nothing
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    """Deterministic DDIM."""
    eps = (x - here[0] * x_0) / here[1]
    return there[0] * x_0 + there[1] * eps
