# wrong: 1 - beta is returned, without the running product
# cause: running product
# severity: fatal, measured
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t / T + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(1 - betas)
