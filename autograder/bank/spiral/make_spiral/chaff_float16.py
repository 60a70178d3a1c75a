# wrong: half precision, where float32 or float64 is asked for
# cause: should be of type float32 or float64, not float16
# severity: minor, argued: the points are right, only of another type
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=p.shape)
    return ((p - p.mean(0)) / p.std(0)).astype(np.float16)
