# wrong: reads the notebook's table in place of the argument
# cause: the notebook's alpha_bars is used, not the one passed in
# severity: major, argued: right for the notebook's table only
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(globals()["alpha_bars"][np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
