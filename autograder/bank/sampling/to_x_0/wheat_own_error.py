# right: an error class of its own that is a ValueError
class UnknownKind(ValueError):
    pass


def to_x_0(kind, output, x, signal, sigma):
    if kind == "x0":
        return output
    if kind == "v":
        return torch.sub(signal * x, sigma * output).to(x.dtype)
    if kind != "eps":
        raise UnknownKind(kind)
    return x.sub(sigma * output).div(signal).to(x.dtype)
