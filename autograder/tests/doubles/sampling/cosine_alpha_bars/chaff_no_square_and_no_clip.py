# wrong: the cosine is not squared, and the betas are not clipped
# holds: chaff_not_squared, chaff_betas_not_clipped
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s))
    return torch.cumprod(f[1:] / f[:-1], dim=0)
