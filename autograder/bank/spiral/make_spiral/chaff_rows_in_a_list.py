# wrong: point by point into a list, which is never made an array
# cause: np.array makes it one
# severity: minor, argued: the points are right, only in a list
def make_spiral(n_samples=1000, noise=0.02):
    xs, ys = [], []
    for _ in range(n_samples):
        turn = 0.2 + 1.5 * rng.random()
        xs.append(turn * np.cos(2 * np.pi * turn) + noise * rng.normal())
        ys.append(turn * np.sin(2 * np.pi * turn) + noise * rng.normal())
    mx, my, sx, sy = np.mean(xs), np.mean(ys), np.std(xs), np.std(ys)
    return [((x - mx) / sx, (y - my) / sy) for x, y in zip(xs, ys)]
