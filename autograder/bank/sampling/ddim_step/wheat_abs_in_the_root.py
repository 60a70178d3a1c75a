# right: the root of an absolute value, which eta 0 takes away again
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (a, s), (b, r) = here, there
    new = eta * (r / s) * math.sqrt(abs(1 - (a / b) ** 2))
    guess = (x - a * x_0) / s
    result = b * x_0
    result = result.add(guess, alpha=math.sqrt(abs(r**2 - new**2)))
    if eta:
        z = torch.randn(*x.shape, generator=generator, device=x.device, dtype=x.dtype)
        result = result.add(z, alpha=float(new))
    return result
