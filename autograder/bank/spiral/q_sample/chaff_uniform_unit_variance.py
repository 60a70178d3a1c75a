# wrong: uniform noise with mean 0 and variance 1; right moments, not Gaussian
# cause: looks uniform
# severity: major, argued: the noise is not Gaussian
def q_sample(x0, t, alpha_bars):
    eps = rng.uniform(-np.sqrt(3), np.sqrt(3), size=x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
