# wrong: the level of the first image is taken for all
# cause: the level of the first
# severity: major, argued: wrong where each image has its own level
def to_x_0(kind, output, x, signal, sigma):
    signal, sigma = (torch.as_tensor(v).flatten()[0].item() for v in (signal, sigma))
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
