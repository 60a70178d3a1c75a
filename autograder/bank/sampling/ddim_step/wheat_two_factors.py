# right: gathered into one factor of x and one of x_0; the noise is drawn into an empty tensor
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    signal, sigma = map(float, here)
    next_signal, next_sigma = map(float, there)
    new = 0.0
    if eta:
        new = eta * next_sigma / sigma * math.sqrt(1 - (signal / next_signal) ** 2)
    of_x = math.sqrt(next_sigma**2 - new**2) / sigma
    result = of_x * x + (next_signal - of_x * signal) * x_0
    if new:
        result += new * torch.empty_like(x).normal_(generator=generator)
    return result
