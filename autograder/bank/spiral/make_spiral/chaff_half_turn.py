# wrong: the angle runs from 0 to pi only, half a turn
# cause: An arm should make at least one full turn
# severity: major, argued: an arc, no full turn
def make_spiral(n_samples=1000, noise=0.02):
    theta = np.pi * rng.uniform(0, 1, n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / np.pi
    p += noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
