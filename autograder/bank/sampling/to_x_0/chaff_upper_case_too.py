# wrong: the kind is made lower-case first: V and EPS are taken as well
# cause: ValueError
# severity: major, argued: other kinds are taken without a word
def to_x_0(kind, output, x, signal, sigma):
    kind = kind.lower()
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
