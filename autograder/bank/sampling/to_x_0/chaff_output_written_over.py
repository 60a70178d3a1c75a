# wrong: of kind v it computes in the output itself
# cause: change
# severity: minor, argued: the result is right, only the caller's output changes
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        output *= -sigma
        output += signal * x
        return output.to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
