# right: one array that holds both, which unpacks like two
def q_sample(x0, t, alpha_bars):
    t = np.atleast_1d(np.asarray(t, dtype=int))
    abar = np.asarray(alpha_bars)[t - 1][:, np.newaxis]
    eps = rng.normal(0.0, 1.0, np.shape(x0))
    return np.stack([x0 * abar**0.5 + eps * (1.0 - abar) ** 0.5, eps])
