# wrong: a tenth of one number that everything shares
# cause: is one number added to all?
# severity: major, argued: the numbers are not independent
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape) + 0.1 * rng.standard_normal()
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
