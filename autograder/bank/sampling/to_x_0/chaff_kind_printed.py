# wrong: of an unknown kind it prints a line and returns None
# cause: ValueError
# severity: major, argued: a misspelt kind is found out later, if at all
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        print("unknown kind", kind)
        return None
    return x_0.to(x.dtype)
