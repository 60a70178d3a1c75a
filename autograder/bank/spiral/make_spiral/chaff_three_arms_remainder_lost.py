# wrong: three arms of n // 3 points
# cause: is n_samples shared out among arms, and the rest dropped?
# severity: major, argued: right for multiples of three only
def make_spiral(n_samples=1000, noise=0.02):
    arms = []
    for k in range(3):
        theta = 2.2 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples // 3))
        angle = theta + 2 * np.pi * k / 3
        arms.append(np.stack([theta * np.cos(angle), theta * np.sin(angle)], axis=1))
    p = np.concatenate(arms) / 6
    p = p + noise * rng.normal(size=p.shape)
    return (p - p.mean(0)) / p.std(0)
