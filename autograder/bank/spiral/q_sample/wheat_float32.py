# right: everything in float32
def q_sample(x0, t, alpha_bars):
    x0 = np.asarray(x0, dtype=np.float32)
    eps = rng.standard_normal(x0.shape, dtype=np.float32)
    a = np.atleast_1d(np.asarray(alpha_bars, dtype=np.float32)[np.asarray(t) - 1]).reshape(-1, 1)
    return np.sqrt(a) * x0 + np.sqrt(np.float32(1) - a) * eps, eps
