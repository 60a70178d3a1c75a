# wrong: the radius goes up and down again
# cause: The radius should grow with the angle all along the arm
# severity: fatal, argued: the data are no spiral
def make_spiral(n_samples=1000, noise=0.02):
    th = rng.uniform(0, 4 * np.pi, size=n_samples)
    r = 2 + np.sin(th / 2)
    p = np.stack([r * np.cos(th), r * np.sin(th)], axis=1)
    p = p + noise * rng.normal(size=p.shape)
    p = (p - p.mean(axis=0)) / p.std(axis=0)
    return p
