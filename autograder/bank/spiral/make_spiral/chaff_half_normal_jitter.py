# wrong: absolute values of the Gaussian, so jitter only pushes up and right
# cause: is an absolute value taken?
# severity: major, argued: the jitter is not Gaussian
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + noise * np.abs(rng.standard_normal(p.shape))
    return (p - p.mean(0)) / p.std(0)
