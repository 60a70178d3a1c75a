# wrong: the betas are clipped at 0.02, the end of the linear schedule
# cause: 0.999
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t / T + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.02)
    return torch.from_numpy(np.cumprod(1 - betas))
