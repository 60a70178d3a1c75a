# wrong: of kind v taken for the noise
# cause: of kind "eps"
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind == "x0":
        return output.to(x.dtype)
    if kind in ("eps", "v"):
        return ((x - sigma * output) / signal).to(x.dtype)
    raise ValueError(kind)
