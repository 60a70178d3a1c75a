# wrong: the jitter is always 0.02, the argument is not used
# cause: is noise used, and drawn for each point?
# severity: major, argued: an argument does nothing
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, 0.02, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
