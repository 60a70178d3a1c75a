# wrong: 1000 is written out in the place of T
# cause: 1000
# severity: major, argued: right for one T alone
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t / 1000 + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(np.cumprod(1 - betas))
