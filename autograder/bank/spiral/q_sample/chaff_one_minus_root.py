# wrong: the noise is scaled with 1 - sqrt(alpha_bar)
# cause: the noise is scaled by 1 - sqrt(alpha_bar)
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    s = np.sqrt(np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1)))
    return s * x0 + (1 - s) * eps, eps
