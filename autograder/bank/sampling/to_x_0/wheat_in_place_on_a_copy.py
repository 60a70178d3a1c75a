# right: in place, but on a copy
def to_x_0(kind, output, x, signal, sigma):
    if kind == "x0":
        return output.clone().to(x.dtype)
    if kind == "eps":
        work = x.to(torch.float64, copy=True)
        work -= sigma * output
        work /= signal
    elif kind == "v":
        work = x.to(torch.float64, copy=True)
        work *= signal
        work -= sigma * output
    else:
        raise ValueError("unknown kind: " + str(kind))
    return work.to(x.dtype)
