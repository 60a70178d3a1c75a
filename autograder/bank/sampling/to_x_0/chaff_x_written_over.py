# wrong: of kind eps it computes in x itself
# cause: change
# severity: minor, argued: the result is right, only the caller's x changes
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x -= sigma * output
        x /= signal
        x_0 = x
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
