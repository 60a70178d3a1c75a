# wrong: signal and sigma are reshaped, which numbers cannot be
# symptom: stopped with
# severity: fatal, measured
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError("kind should be eps, x0 or v")
    signal, sigma = signal.view(-1, 1, 1, 1), sigma.view(-1, 1, 1, 1)
    if kind == "x0":
        return output.to(x.dtype)
    if kind == "v":
        return (signal * x - sigma * output).to(x.dtype)
    return ((x - sigma * output) / signal).to(x.dtype)
