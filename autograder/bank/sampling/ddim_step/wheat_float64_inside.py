# right: all in float64, back to the dtype of x at the end
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    a, b = (float(v) for v in here)
    c, d = (float(v) for v in there)
    image, noisy = x_0.double(), x.double()
    eps = (noisy - a * image) / b
    variance = (eta * d / b) ** 2 * max(0.0, 1 - a * a / (c * c))
    result = c * image + max(0.0, d * d - variance) ** 0.5 * eps
    if variance > 0:
        noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        result = result + variance**0.5 * noise.double()
    return result.to(x.dtype)
