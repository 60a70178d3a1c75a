# wrong: the betas are clipped from below, too, as in a well-known blog
# cause: 0.0001
# severity: major, argued: more noise in the first steps than the equation has
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(min=0.0001, max=0.999)
    return torch.cumprod(1 - betas, dim=0)
