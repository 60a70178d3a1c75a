# wrong: shape (2, N)
# cause: it is transposed
# severity: fatal, measured
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)]) / (3 * np.pi)
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(1, keepdims=True)) / p.std(1, keepdims=True)
