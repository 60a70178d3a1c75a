# wrong: of an unknown kind comes a KeyError
# cause: ValueError
# severity: major, argued: another exception than the docstring's
def to_x_0(kind, output, x, signal, sigma):
    images = {
        "eps": (x - sigma * output) / signal,
        "x0": output,
        "v": signal * x - sigma * output,
    }
    return images[kind].to(x.dtype)
