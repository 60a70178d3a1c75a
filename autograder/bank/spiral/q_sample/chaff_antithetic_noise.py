# wrong: half of the noise is the other half with a minus sign, so rows are not independent
# cause: The rows of eps should be independent, but the second half repeats or mirrors the first
# severity: major, argued: the rows are not independent
def q_sample(x0, t, alpha_bars):
    n = len(x0)
    half = rng.standard_normal(((n + 1) // 2, x0.shape[1]))
    eps = np.concatenate([half, -half])[:n]
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
