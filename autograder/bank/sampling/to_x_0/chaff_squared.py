# wrong: signal and sigma are taken for roots and squared
# cause: squared
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    signal, sigma = signal**2, sigma**2
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
