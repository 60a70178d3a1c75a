# wrong: the default number of points was changed
# cause: make_spiral() should make 1000 points
# severity: major, argued: the notebook calls it without arguments
def make_spiral(n_samples=500, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
