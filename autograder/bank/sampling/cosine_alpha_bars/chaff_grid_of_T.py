# wrong: the grid has its last point at T + 1: u is t / (T + 1)
# cause: divided by T + 1
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t / (T + 1) + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(np.cumprod(1 - betas))
