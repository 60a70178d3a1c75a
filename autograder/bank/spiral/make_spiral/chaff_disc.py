# wrong: the radius is drawn on its own and does not follow the angle, a disc
# cause: do angle and radius of a point belong together?
# severity: fatal, argued: the data are no spiral
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 3 * np.pi, n_samples)
    r = rng.uniform(0, 1, n_samples)
    p = np.stack([r * np.cos(theta), r * np.sin(theta)], 1)
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
