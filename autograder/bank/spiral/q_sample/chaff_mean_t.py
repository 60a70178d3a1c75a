# wrong: with a vector, the mean of alpha_bar is used for all rows
# cause: one step, such as their mean, is used for all rows
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.mean(alpha_bars[np.asarray(t) - 1])
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
