# wrong: an assertion in the place of the ValueError
# cause: ValueError
# severity: major, argued: another exception than the docstring's
def to_x_0(kind, output, x, signal, sigma):
    assert kind in ("eps", "x0", "v"), "kind should be eps, x0 or v"
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
