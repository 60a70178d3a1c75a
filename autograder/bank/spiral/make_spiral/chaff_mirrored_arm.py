# wrong: the second arm is the first one turned by half a turn, jitter and all, so that points come in pairs
# cause: one part of the points repeats another's
# severity: major, argued: the jitter of one half is minus that of the other, it is not independent; the look is right
def make_spiral(n_samples=1000, noise=0.02):
    half = (n_samples + 1) // 2
    theta = np.pi / 2 + 3 * np.pi * np.sqrt(rng.uniform(size=half))
    arm = np.stack([np.cos(theta), np.sin(theta)], axis=1) * theta[:, None] / 6
    arm += rng.normal(scale=noise, size=arm.shape)
    points = np.concatenate([arm, -arm])[:n_samples]
    return (points - points.mean(axis=0)) / points.std(axis=0)
