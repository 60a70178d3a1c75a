# right: a table of the two factors, of x and of the output
def to_x_0(kind, output, x, signal, sigma):
    factors = {"eps": (1 / signal, -sigma / signal), "x0": (0.0, 1.0), "v": (signal, -sigma)}
    if kind not in factors:
        raise ValueError(kind)
    of_x, of_output = factors[kind]
    return (of_x * x + of_output * output).to(x.dtype)
