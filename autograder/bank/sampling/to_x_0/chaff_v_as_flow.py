# wrong: of kind v as in flow matching: x - sigma v
# cause: signal
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
