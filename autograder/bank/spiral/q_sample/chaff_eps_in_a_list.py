# wrong: eps is drawn row by row into a list
# cause: eps should be an array, not a list
# severity: minor, argued: the numbers are right, only in a list
def q_sample(x0, t, alpha_bars):
    eps = [rng.standard_normal(x0.shape[1]) for _ in range(len(x0))]
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * np.array(eps), eps
