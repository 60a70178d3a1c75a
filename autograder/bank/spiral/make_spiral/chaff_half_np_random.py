# wrong: angles from rng, but the jitter from np.random
# cause: All randomness should come from the notebook's rng; after it was set back, the points were different
# severity: minor, argued: the points are right, only their source of randomness is not
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(np.pi / 2, 3.5 * np.pi, n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3.5 * np.pi)
    p += np.random.normal(scale=noise, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
