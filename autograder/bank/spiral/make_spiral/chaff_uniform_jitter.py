# wrong: the jitter is uniform, not Gaussian
# cause: looks uniform
# severity: major, argued: the jitter is not Gaussian
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.uniform(-noise, noise, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
