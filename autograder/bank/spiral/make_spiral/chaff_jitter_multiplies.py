# wrong: the jitter is a factor, not a term: x (1 + n)
# cause: nor multiplied with them
# severity: major, argued: the jitter grows with the coordinates
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p * (1 + noise * rng.normal(size=p.shape))
    return (p - p.mean(0)) / p.std(0)
