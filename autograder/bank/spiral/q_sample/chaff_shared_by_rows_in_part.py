# wrong: offset noise: a tenth of a number that all points share
# cause: is one number added to all?
# severity: major, argued: the rows are not independent
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape) + 0.1 * rng.standard_normal((1, x0.shape[1]))
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
