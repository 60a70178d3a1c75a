# wrong: two arms of only half a turn each (yin and yang); all sectors are filled, but no arm makes a full turn
# cause: An arm should make at least one full turn
# severity: major, argued: no arm makes a full turn
def make_spiral(n_samples=1000, noise=0.02):
    theta = np.pi * np.sqrt(rng.uniform(size=n_samples))
    side = rng.choice([-1.0, 1.0], size=n_samples)
    p = side[:, None] * np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / np.pi
    p += noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
