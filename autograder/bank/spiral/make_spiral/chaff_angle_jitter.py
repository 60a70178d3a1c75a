# wrong: the jitter is added to the angle before the radius is computed, so points only slide along the arm
# cause: draw a number for each coordinate, and add it to x and y, not to the angle or radius
# severity: major, argued: the jitter is not the docstring's
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    theta = theta + noise * rng.normal(size=n_samples)
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1)
    return (p - p.mean(0)) / p.std(0)
