# wrong: signal and sigma are made floats: a level an image stops it
# symptom: stopped with
# severity: major, argued: stops where each image has its own level
def to_x_0(kind, output, x, signal, sigma):
    signal, sigma = float(signal), float(sigma)
    if kind == "eps":
        x_0 = (x - sigma * output) / signal
    elif kind == "x0":
        x_0 = output
    elif kind == "v":
        x_0 = signal * x - sigma * output
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return x_0.to(x.dtype)
