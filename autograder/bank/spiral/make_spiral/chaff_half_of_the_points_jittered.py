# wrong: only every second point gets jitter
# cause: of the points have no jitter
# severity: major, argued: half of the points have no jitter
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p[::2] += rng.normal(0, noise, size=p[::2].shape)
    return (p - p.mean(0)) / p.std(0)
