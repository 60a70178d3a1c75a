# wrong: the noise is scaled by each coordinate's standard deviation
# cause: do the points scale or move it?
# severity: major, argued: right for standardised points only
def q_sample(x0, t, alpha_bars):
    eps = rng.normal(0.0, x0.std(axis=0), size=x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
