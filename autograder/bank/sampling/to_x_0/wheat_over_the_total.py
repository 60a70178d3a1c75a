# right: of kind v divided by signal^2 + sigma^2, which is 1
def to_x_0(kind, output, x, signal, sigma):
    """Solves x = signal x_0 + sigma eps and v = signal eps - sigma x_0 for x_0."""
    if kind == "v":
        x_0 = (signal * x - sigma * output) / (signal**2 + sigma**2)
    elif kind == "eps":
        x_0 = (x - sigma * output) * (1 / signal)
    elif kind == "x0":
        x_0 = 1 * output
    else:
        raise ValueError
    return x_0.to(dtype=x.dtype)
