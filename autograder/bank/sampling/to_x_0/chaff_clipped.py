# wrong: the image is clipped to [-1, 1]
# cause: clip
# severity: major, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(kind)
    return x_0.clamp(-1, 1).to(x.dtype)
