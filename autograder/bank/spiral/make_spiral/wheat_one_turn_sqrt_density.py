# right: one turn exactly, more points on the outer part
def make_spiral(n_samples=1000, noise=0.02):
    th = 2 * np.pi * np.sqrt(rng.uniform(size=n_samples))
    r = th
    p = np.stack([r * np.cos(th), r * np.sin(th)], axis=1)
    p = p + noise * rng.normal(size=p.shape)
    p = (p - p.mean(axis=0)) / p.std(axis=0)
    return p
