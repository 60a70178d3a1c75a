# wrong: s is added to the step, not to the share of the way: (t + s) / (T + s)
# cause: s is added to the step
# severity: major, argued: hardly any offset
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t + s) / (T + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(np.cumprod(1 - betas))
