# wrong: of kind eps the noise is added, and whatever is not eps or x0 is taken for v
# holds: chaff_eps_added, chaff_else_is_v
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        return ((x + sigma * output) / signal).to(x.dtype)
    if kind == "x0":
        return output.to(x.dtype)
    return (signal * x - sigma * output).to(x.dtype)
