# wrong: with a vector, all rows get the first row's step
# cause: the first row's step is used for all rows
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = alpha_bars[int(np.ravel(t)[0]) - 1]
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
