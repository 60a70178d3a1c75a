# wrong: always 1000 points
# cause: use n_samples
# severity: major, argued: right for 1000 points only
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, 1000))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + noise * rng.normal(size=(1000, 2))
    return (p - p.mean(0)) / p.std(0)
