# wrong: signal is taken for alpha_bar: roots are taken once more
# cause: its root is taken again
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    signal, sigma = signal**0.5, (1 - signal) ** 0.5
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
