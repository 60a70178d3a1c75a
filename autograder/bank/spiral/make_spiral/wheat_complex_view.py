# right: a complex array viewed as two floats
def make_spiral(n_samples=1000, noise=0.02):
    turns = 0.2 + 2 * rng.beta(2, 1, size=n_samples)
    z = turns * np.exp(2j * np.pi * turns)
    z -= z.mean()
    pts = np.ascontiguousarray(z).view(np.float64).reshape(n_samples, 2)
    pts = pts / pts.std()
    return pts + rng.normal(scale=noise, size=(n_samples, 2))
