# wrong: the noise is drawn around the mean of the points
# cause: do the points scale or move it?
# severity: major, argued: right for centred points only
def q_sample(x0, t, alpha_bars):
    eps = rng.normal(loc=x0.mean(axis=0), scale=1.0, size=x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
