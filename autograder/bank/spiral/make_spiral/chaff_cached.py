# wrong: the first result for a pair of arguments is kept and returned again
# cause: is a generator made in the function, or an answer kept?
# severity: major, argued: right for the first call only
_SPIRALS = {}
def make_spiral(n_samples=1000, noise=0.02):
    key = (n_samples, noise)
    if key not in _SPIRALS:
        theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
        p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
        p = p + noise * rng.normal(size=p.shape)
        _SPIRALS[key] = (p - p.mean(0)) / p.std(0)
    return _SPIRALS[key].copy()
