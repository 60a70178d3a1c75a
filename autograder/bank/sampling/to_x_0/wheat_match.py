# right: a match statement, each case returns
def to_x_0(kind, output, x, signal, sigma):
    match kind:
        case "eps":
            image = (x - sigma * output) / signal
        case "x0":
            image = output
        case "v":
            image = signal * x - sigma * output
        case _:
            raise ValueError("kind must be eps, x0 or v")
    return image.type(x.dtype)
