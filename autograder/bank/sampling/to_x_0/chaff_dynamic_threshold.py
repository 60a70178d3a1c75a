# wrong: what lies far out is scaled down, as Imagen's dynamic thresholding does
# cause: divided by its largest number
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    x_0 = (x - sigma * output) / signal
    most = x_0.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1.0)
    return (x_0 / most).to(x.dtype)
