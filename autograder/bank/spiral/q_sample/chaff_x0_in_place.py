# wrong: x0 *= writes into the data, which shrink with each update
# cause: q_sample wrote into its argument x0
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    eps = rng.standard_normal(x0.shape)
    x0 *= np.sqrt(a)
    return x0 + np.sqrt(1 - a) * eps, eps
