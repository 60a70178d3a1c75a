# wrong: of kind "v" signal and sigma have changed places
# cause: exchanged
# severity: fatal, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        return ((x - sigma * output) / signal).to(x.dtype)
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (sigma * x - signal * output).to(x.dtype)
    raise ValueError(kind)
