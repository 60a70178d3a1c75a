# wrong: the noise is drawn anew in each step, as if x held none
# severity: fatal, argued: it does another thing than it is for
# worth: 0.75
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    signal, sigma = there
    return signal * x_0 + sigma * torch.randn(x.shape, dtype=x.dtype, generator=generator)
