# wrong: the noise is scaled by the standard deviation of the points
# cause: do the points scale or move it?
# severity: major, argued: right for standardised points only
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape) * x0.std()
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
