# wrong: the betas are clipped at 0.9999
# cause: 0.999
# severity: major, argued: the last number is ten times too small
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.9999)
    return torch.cumprod(1 - betas, dim=0)
