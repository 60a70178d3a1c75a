# wrong: divided by the variance in place of the standard deviation
# cause: divide each coordinate by its standard deviation
# severity: major, argued: the data are a quarter of the size
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 3 * np.pi, n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1)
    p += noise * rng.normal(size=p.shape)
    return (p - p.mean(axis=0)) / p.var(axis=0)
