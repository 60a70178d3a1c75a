# right: says how many points it made; two arms put together, jitter before the arms are
def make_spiral(n_samples=1000, noise=0.02):
    def arm(n, sign):
        theta = np.sqrt(rng.random(n)) * 780 * (2 * np.pi) / 360
        x = -np.cos(theta) * theta / 13 + rng.normal(size=n) * noise
        y = np.sin(theta) * theta / 13 + rng.normal(size=n) * noise
        return sign * np.hstack((x.reshape(-1, 1), y.reshape(-1, 1)))
    X = np.vstack([arm(n_samples // 2, 1), arm(n_samples - n_samples // 2, -1)])
    print("made", len(X), "points")
    return (X - X.mean(axis=0)) / X.std(axis=0)
