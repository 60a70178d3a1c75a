# wrong: the vector of steps is sorted, rows get other rows' steps
# cause: the steps were sorted first
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.sort(np.atleast_1d(t)) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
