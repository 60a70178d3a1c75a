# wrong: the noise is taken away
# cause: the noise is taken away, not added
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 - np.sqrt(1 - a) * eps, eps
