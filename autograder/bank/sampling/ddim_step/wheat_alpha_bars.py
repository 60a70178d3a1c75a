# right: as the paper writes it, in alpha_bar, with a branch for eta 0
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    a, a_next = here[0] ** 2, there[0] ** 2
    eps = (x - here[0] * x_0) / here[1]
    if eta == 0:
        return there[0] * x_0 + there[1] * eps
    variance = eta**2 * (there[1] ** 2 / here[1] ** 2) * max(1 - a / a_next, 0)
    towards = math.sqrt(max(there[1] ** 2 - variance, 0)) * eps
    z = torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=generator)
    return there[0] * x_0 + towards + math.sqrt(variance) * z
