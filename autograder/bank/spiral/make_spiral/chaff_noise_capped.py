# wrong: the jitter stops growing at noise = 0.05
# cause: is it cut off, or larger than the spiral?
# severity: major, argued: right for a small noise only
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, min(noise, 0.05), size=p.shape)
    return (p - p.mean(0)) / p.std(0)
