# wrong: only x gets jitter
# cause: There should be jitter on both coordinates, but y has none
# severity: major, argued: y has no jitter
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p[:, 0] += noise * rng.normal(size=n_samples)
    return (p - p.mean(0)) / p.std(0)
