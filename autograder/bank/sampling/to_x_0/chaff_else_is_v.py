# wrong: whatever is not "eps" or "x0" is taken for "v"
# cause: ValueError
# severity: major, argued: a misspelt kind gives wrong images without a word
def to_x_0(kind, output, x, signal, sigma):
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    else:
        x_0 = signal * x - sigma * output
    return x_0.to(x.dtype)
