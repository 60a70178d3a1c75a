# wrong: alpha_bar is kept above 0.001, and the betas are not clipped
# cause: clip
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    betas = (1 - f[1:] / f[:-1])
    return torch.cumprod(1 - betas, dim=0).clamp(min=0.001)
