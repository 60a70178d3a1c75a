# wrong: the comma is missing: any piece of the word eps is taken for it, the empty one as well
# cause: ValueError
# severity: major, argued: misspelt kinds give images without a word
def to_x_0(kind, output, x, signal, sigma):
    if kind in ("eps"):
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
