# wrong: a tenth of a number that both coordinates share
# cause: The two columns of eps should be independent, but they share a part
# severity: major, argued: the coordinates are not independent
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape) + 0.1 * rng.standard_normal((len(x0), 1))
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
