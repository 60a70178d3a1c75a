# wrong: one jitter vector for the whole cloud, which centring takes out again
# cause: is noise used, and drawn for each point?
# severity: major, argued: in effect there is no jitter
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=2)
    return (p - p.mean(0)) / p.std(0)
