# right: cos^2 as (1 + cos of twice the angle) / 2
def cosine_alpha_bars(T, s=0.008):
    u = np.linspace(0.0, 1.0, T + 1)
    f = (1 + np.cos(np.pi * (u + s) / (1 + s))) / 2
    betas = np.clip(1 - f[1:] / f[:-1], None, 0.999)
    return torch.tensor(np.cumprod(1 - betas), dtype=torch.float64)
