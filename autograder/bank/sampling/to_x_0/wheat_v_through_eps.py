# right: of kind v the noise comes first: eps = signal v + sigma x, in float64
def to_x_0(kind, output, x, signal, sigma):
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "eps":
        eps = output.double()
    elif kind == "v":
        eps = signal * output.double() + sigma * x.double()
    else:
        raise ValueError(f"no such kind: {kind}")
    return ((x.double() - sigma * eps) / signal).to(x.dtype)
