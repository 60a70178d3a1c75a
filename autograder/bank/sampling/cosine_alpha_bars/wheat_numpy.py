# right: all in NumPy, a tensor at the end
def cosine_alpha_bars(T, s=0.008):
    angles = np.pi / 2 * (np.arange(T + 1) / T + s) / (1 + s)
    f = np.cos(angles) ** 2
    betas = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(np.cumprod(1 - betas))
