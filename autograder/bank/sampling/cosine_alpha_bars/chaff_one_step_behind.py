# wrong: one step behind: number t is the product before 1 - beta_t, so that the first is 1
# cause: in the place of f(t + 1)
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    alpha_bars = torch.cumprod(1 - betas, dim=0)
    return torch.cat([torch.ones(1, dtype=torch.float64), alpha_bars[:-1]])
