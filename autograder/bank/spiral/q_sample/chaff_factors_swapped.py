# wrong: the two factors are swapped
# cause: the two factors changed places
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(1 - a) * x0 + np.sqrt(a) * eps, eps
