# right: textbook Archimedean spiral, jitter on both coordinates, standardised by column
def make_spiral(n_samples=1000, noise=0.02):
    theta = np.sqrt(rng.uniform(0, 1, n_samples)) * 3 * np.pi
    r = theta / (3 * np.pi)
    x = r * np.cos(theta) + rng.normal(0, noise, n_samples)
    y = r * np.sin(theta) + rng.normal(0, noise, n_samples)
    data = np.stack([x, y], axis=1)
    return (data - data.mean(0)) / data.std(0)
