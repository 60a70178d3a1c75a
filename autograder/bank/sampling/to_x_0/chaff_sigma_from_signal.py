# wrong: 1 - signal in the place of sigma
# cause: 1 - signal
# severity: fatal, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    sigma = 1 - signal
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
