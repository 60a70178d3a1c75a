# wrong: returns x_t alone
# cause: q_sample should return two arrays, x_t and eps, but it returned one
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps
