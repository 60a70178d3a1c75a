# wrong: the noise is clipped to [-3, 3]
# cause: lie beyond 3: is it cut off?
# severity: major, argued: the noise is not Gaussian
def q_sample(x0, t, alpha_bars):
    eps = np.clip(rng.standard_normal(x0.shape), -3, 3)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
