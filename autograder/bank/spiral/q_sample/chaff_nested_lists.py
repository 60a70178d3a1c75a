# wrong: x_t and eps as nested lists
# cause: x_t should be an array, not a list
# severity: minor, argued: the numbers are right, only in lists
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    x_t = np.sqrt(a) * x0 + np.sqrt(1 - a) * eps
    return x_t.tolist(), eps.tolist()
