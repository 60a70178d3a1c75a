# wrong: makes the notebook's rng anew with its seed, at every call
# cause: is a generator made in the function, or an answer kept?
# severity: major, argued: right for the first call only
def make_spiral(n_samples=1000, noise=0.02):
    global rng
    rng = np.random.default_rng(RNG_SEED)
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
