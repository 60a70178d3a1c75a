# wrong: the return is missing
# cause: is a `return` missing?
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    x_t = np.sqrt(a) * x0 + np.sqrt(1 - a) * eps
