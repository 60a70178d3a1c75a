# wrong: a NumPy array comes back, not a tensor
# cause: a tensor
# severity: minor, argued: the numbers are right, only in an array
def cosine_alpha_bars(T, s=0.008):
    t = np.arange(T + 1)
    f = np.cos((t / T + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return np.cumprod(1 - betas)
