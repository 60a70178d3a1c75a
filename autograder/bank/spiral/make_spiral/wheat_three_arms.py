# right: three arms, the arm of each point drawn with rng.integers
def make_spiral(n_samples=1000, noise=0.02):
    arm = rng.integers(0, 3, size=n_samples)
    turn = rng.triangular(0.1, 1.2, 1.2, size=n_samples)
    angle = 2 * np.pi * (turn + arm / 3.0)
    pts = turn[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    pts += rng.normal(0.0, noise, size=(n_samples, 2))
    return np.divide(pts - pts.mean(0), pts.std(0))
