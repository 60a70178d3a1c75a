# wrong: a generator with seed 42 is made in each call, so all calls give the same points
# cause: is a generator made in the function, or an answer kept?
# severity: major, argued: right for the first call only
def make_spiral(n_samples=1000, noise=0.02):
    gen = np.random.default_rng(42)
    theta = 3 * np.pi * np.sqrt(gen.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + noise * gen.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
