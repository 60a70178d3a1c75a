# wrong: 0.008 is written out, so that the argument s does nothing
# cause: 0.008
# severity: major, argued: right for the default alone
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + 0.008) / 1.008) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return torch.cumprod(1 - betas, dim=0)
