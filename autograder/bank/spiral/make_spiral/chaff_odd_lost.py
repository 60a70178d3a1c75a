# wrong: two arms of n // 2 points, an odd n_samples loses one
# cause: is n_samples shared out among arms, and the rest dropped?
# severity: major, argued: right for an even n_samples only
def make_spiral(n_samples=1000, noise=0.02):
    n = n_samples // 2
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n))
    arm = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = np.concatenate([arm, -arm])
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
