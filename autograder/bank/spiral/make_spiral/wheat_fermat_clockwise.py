# right: Fermat's spiral (r = sqrt(theta)) wound clockwise; law and direction are free
def make_spiral(n_samples=1000, noise=0.02):
    theta = rng.uniform(0.0, 4.0 * np.pi, size=n_samples)
    r = np.sqrt(theta)
    pts = np.array([r * np.cos(-theta), r * np.sin(-theta)]).T
    pts = pts / r.max() + noise * rng.standard_normal((n_samples, 2))
    mu, sd = pts.mean(axis=0, keepdims=True), pts.std(axis=0, ddof=1, keepdims=True)
    return ((pts - mu) / sd).astype("float32")
