# right: torch.normal draws the noise with its deviation; drawn wherever eta is above 0
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    (signal, sigma), (signal_there, sigma_there) = here, there
    eps = (x - signal * x_0) / sigma
    if eta == 0:
        return signal_there * x_0 + sigma_there * eps
    new = eta * sigma_there / sigma * math.sqrt(max(0.0, 1 - (signal / signal_there) ** 2))
    mean = signal_there * x_0 + math.sqrt(max(0.0, sigma_there**2 - new**2)) * eps
    zero = torch.zeros_like(x)
    return mean + new * torch.normal(zero, zero + 1, generator=generator)
