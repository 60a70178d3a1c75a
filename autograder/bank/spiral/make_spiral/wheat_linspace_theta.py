# right: evenly spaced angles, only the jitter is random; where points lie along the arm is free
def make_spiral(n_samples=1000, noise=0.02):
    t = np.linspace(0.5, 4 * np.pi, n_samples)
    X = np.vstack([t * np.cos(t), t * np.sin(t)]).T / t[-1]
    X = X + noise * rng.standard_normal(X.shape)
    return (X - X.mean(axis=0)) / X.std(axis=0)
