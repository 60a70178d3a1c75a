# wrong: the angles come from np.random, not from rng
# cause: All randomness should come from the notebook's rng; after it was set back, the points were different
# severity: minor, argued: the points are right, only their source of randomness is not
def make_spiral(n_samples=1000, noise=0.02):
    th = np.random.uniform(0, 4 * np.pi, size=n_samples)
    r = th
    p = np.stack([r * np.cos(th), r * np.sin(th)], axis=1)
    p = p + noise * rng.normal(size=p.shape)
    p = (p - p.mean(axis=0)) / p.std(axis=0)
    return p
