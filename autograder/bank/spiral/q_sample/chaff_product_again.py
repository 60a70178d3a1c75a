# wrong: takes alpha_bars for alphas and multiplies them up once more
# cause: a running product of the alpha_bars was taken: they are products already
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(np.cumprod(alpha_bars)[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
