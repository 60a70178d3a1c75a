# wrong: the linear schedule in the place of the cosine
# cause: linear
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    betas = torch.linspace(0.0001, 0.02, T, dtype=torch.float64)
    return torch.cumprod(1 - betas, dim=0)
