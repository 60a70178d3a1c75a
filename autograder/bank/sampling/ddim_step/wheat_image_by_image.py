# right: one image after the other, each with noise of its own
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    new = 0.0
    if eta > 0:
        new = eta * there[1] / here[1] * math.sqrt(1 - (here[0] / there[0]) ** 2)
    images = []
    for noisy, image in zip(x, x_0):
        eps = (noisy - here[0] * image) / here[1]
        one = there[0] * image + math.sqrt(there[1] ** 2 - new**2) * eps
        if new > 0:
            one += new * torch.randn(noisy.shape, generator=generator, device=x.device, dtype=x.dtype)
        images.append(one)
    return torch.stack(images)
