# wrong: the table is turned round: t = 0 is the noisiest
# cause: run backwards
# severity: fatal, measured
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return torch.cumprod(1 - betas, dim=0).flip(0)
