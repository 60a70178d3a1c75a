# wrong: centred but not scaled, the spread is about 4
# cause: scale them
# severity: fatal, measured
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 3 * np.pi, n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1)
    p += noise * rng.normal(size=p.shape)
    return p - p.mean(axis=0)
