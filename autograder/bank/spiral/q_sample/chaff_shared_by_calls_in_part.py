# wrong: a tenth of the noise is kept from the first call
# cause: two calls share a part of their numbers
# severity: major, argued: the calls are not independent
_first = {}
def q_sample(x0, t, alpha_bars):
    fixed = _first.setdefault(x0.shape, rng.standard_normal(x0.shape))
    eps = rng.standard_normal(x0.shape) + 0.1 * fixed
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
