# wrong: the jitter is multiplied by the radius' sine, i.e. put inside cos and sin: r cos(theta + n1), r sin(theta + n2); nothing near the centre and not Gaussian on the coordinates
# cause: The jitter should be added to x and y, not to the radius or the angle
# severity: major, argued: the jitter is not Gaussian on the coordinates
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    r = theta / (3 * np.pi)
    x = r * np.cos(theta + noise * rng.normal(size=n_samples))
    y = r * np.sin(theta + noise * rng.normal(size=n_samples))
    p = np.stack([x, y], 1)
    return (p - p.mean(0)) / p.std(0)
