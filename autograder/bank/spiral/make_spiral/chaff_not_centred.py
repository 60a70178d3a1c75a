# wrong: divided by the standard deviation but never centred, the mean is about 0.2 off
# cause: centre them
# severity: major, argued: the mean is beyond the bound
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 3 * np.pi, n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1)
    p += noise * rng.normal(size=p.shape)
    return p / p.std(axis=0)
