# right: all arithmetic in float64, back to the dtype of x at the end
def to_x_0(kind, output, x, signal, sigma):
    if kind not in ("eps", "x0", "v"):
        raise ValueError(f"unknown kind {kind}")
    a = torch.as_tensor(signal, dtype=torch.float64, device=x.device)
    b = torch.as_tensor(sigma, dtype=torch.float64, device=x.device)
    noisy, answer = x.double(), output.double()
    if kind == "eps":
        found = (noisy - b * answer) / a
    elif kind == "v":
        found = a * noisy - b * answer
    else:
        found = answer
    return found.type_as(x)
