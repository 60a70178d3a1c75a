# wrong: np.subtract with out=t, so the caller's steps are one less
# cause: q_sample changed its argument t
# severity: minor, argued: a side effect on the argument t
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    index = np.subtract(t, 1, out=t) if isinstance(t, np.ndarray) else t - 1
    a = np.reshape(alpha_bars[index], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
