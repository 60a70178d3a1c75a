# right: a dictionary of functions, and a KeyError that becomes a ValueError
def to_x_0(kind, output, x, signal, sigma):
    ways = {
        "eps": lambda: x / signal - output * (sigma / signal),
        "x0": lambda: output.clone(),
        "v": lambda: x * signal - output * sigma,
    }
    try:
        way = ways[kind]
    except KeyError:
        raise ValueError(f"{kind!r} is none of {', '.join(ways)}") from None
    return way().to(x)
