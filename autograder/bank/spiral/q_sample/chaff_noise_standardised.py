# wrong: the noise is standardised over the batch, so its numbers depend on each other and one row gives nan
# cause: was it centred or standardised after it was drawn? Then its numbers depend on one another
# severity: major, argued: the numbers depend on one another, and one row gives NaN
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    eps = (eps - eps.mean(axis=0)) / eps.std(axis=0)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
