# right: the cosine as the sine of what is left to the right angle
def cosine_alpha_bars(T, s=0.008):
    left = (T - torch.arange(T + 1, dtype=torch.float64)) / T
    f = torch.sin(math.pi / 2 * left / (1 + s)) ** 2
    betas = 1 - f[1:] / f[:-1]
    betas[betas > 0.999] = 0.999
    return torch.cumprod(1 - betas, 0)
