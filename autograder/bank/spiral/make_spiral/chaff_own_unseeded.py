# wrong: an unseeded generator of its own; fresh, but not the notebook's rng
# cause: All randomness should come from the notebook's rng; after it was set back, the points were different
# severity: minor, argued: the points are right, only their source of randomness is not
def make_spiral(n_samples=1000, noise=0.02):
    rng = np.random.default_rng()
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
