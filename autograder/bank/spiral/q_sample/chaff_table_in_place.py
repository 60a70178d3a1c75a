# wrong: the table is replaced by its square roots, in place
# cause: q_sample wrote into its argument alpha_bars
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    np.sqrt(alpha_bars, out=alpha_bars)
    s = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    eps = rng.standard_normal(x0.shape)
    return s * x0 + np.sqrt(1 - s**2) * eps, eps
