# wrong: with float64 levels the image is float64, whatever x is
# cause: float32
# severity: minor, argued: dtype only
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        return (x - sigma * output) / signal
    if kind == "x0":
        return output
    if kind == "v":
        return signal * x - sigma * output
    raise ValueError(kind)
