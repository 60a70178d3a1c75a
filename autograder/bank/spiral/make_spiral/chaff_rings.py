# wrong: the radius jumps by whole turns, two concentric rings and no spiral
# cause: The radius should grow with the angle all along the arm
# severity: fatal, argued: the data are no spiral
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0, 4 * np.pi, n_samples)
    r = 1 + theta // (2 * np.pi)
    p = np.stack([r * np.cos(theta), r * np.sin(theta)], 1) / 2
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
