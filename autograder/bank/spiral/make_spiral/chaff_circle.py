# wrong: the radius is 1 and does not depend on the angle, a circle
# cause: does the radius depend on the angle?
# severity: fatal, argued: the data are no spiral
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 3 * np.pi, n_samples)
    r = 1.0
    x, y = r * np.cos(theta), r * np.sin(theta)
    p = np.stack([x, y], 1) + rng.normal(0, noise, (n_samples, 2))
    return (p - p.mean(0)) / p.std(0)
