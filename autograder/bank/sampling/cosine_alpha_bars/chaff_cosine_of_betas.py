# wrong: the betas themselves follow a cosine from 0.0001 to 0.02
# cause: the betas themselves
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, 1, T, dtype=torch.float64)
    betas = 0.0001 + (0.02 - 0.0001) * (1 - torch.cos(math.pi * u)) / 2
    return torch.cumprod(1 - betas, dim=0)
