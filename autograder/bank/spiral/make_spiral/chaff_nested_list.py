# wrong: a nested list in place of an array
# cause: make_spiral should return an array, not a list
# severity: minor, argued: the points are right, only in a list
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=p.shape)
    p = (p - p.mean(0)) / p.std(0)
    return p.tolist()
