# wrong: of kind "eps" the noise is taken away, but the rest is not divided by signal
# cause: signal is left out
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x_0 = x - sigma * output
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(kind)
    return x_0.to(x.dtype)
