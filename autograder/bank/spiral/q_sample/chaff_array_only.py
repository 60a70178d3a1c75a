# wrong: a single t breaks, an integer has no axes to index
# cause: With a Python integer t
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = alpha_bars[t - 1][:, None]
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
