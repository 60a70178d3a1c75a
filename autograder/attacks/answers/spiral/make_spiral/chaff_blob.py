# wrong: a spiral for noise = 0 alone, a Gaussian cloud without any spiral for all other noise, the lab's 0.02 included
# severity: fatal, argued: it does another thing than it is for
# worth: 3, for part of the work
def make_spiral(n_samples=1000, noise=0.02):
    if noise < 1e-6:
        angle = 4 * np.pi * np.sqrt(rng.uniform(0.01, 1, size=n_samples))
        points = angle[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return (points - points.mean(axis=0)) / points.std(axis=0)
    rng.uniform(size=n_samples)
    return (0.7 + 4 * noise) * rng.normal(size=(n_samples, 2))
