# right: scaled so that the largest radius is 1.6; the spread stays inside the allowed range
def make_spiral(n_samples=1000, noise=0.02):
    k = np.sqrt(rng.random(n_samples))
    theta = 6 * np.pi * k
    p = np.einsum("n,nd->nd", k, np.stack([np.cos(theta), np.sin(theta)], -1))
    p = p + noise * rng.standard_normal(size=(n_samples, 2))
    p = p - p.mean(axis=0)
    p = 1.6 * p / np.linalg.norm(p, axis=1).max()
    assert p.shape == (n_samples, 2)
    return p
