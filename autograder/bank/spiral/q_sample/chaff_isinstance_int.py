# wrong: isinstance(t, int) sends a NumPy integer into the vector branch, where it breaks
# cause: With a NumPy integer t
# severity: major, argued: raises for a NumPy integer, which the table of arguments allows
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    if isinstance(t, int):
        a = alpha_bars[t - 1]
    else:
        a = alpha_bars[t - 1][:, np.newaxis]
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
