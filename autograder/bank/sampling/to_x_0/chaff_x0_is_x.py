# wrong: of kind x0 the noisy x comes back, not the output
# cause: the output
# severity: fatal, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = x
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
