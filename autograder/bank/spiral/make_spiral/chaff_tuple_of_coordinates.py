# wrong: returns x and y as two arrays
# cause: it is transposed
# severity: fatal, measured
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    x = theta * np.cos(theta) / 6 + rng.normal(0, noise, n_samples)
    y = theta * np.sin(theta) / 6 + rng.normal(0, noise, n_samples)
    return (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
