# wrong: treats alpha_bar as an amplitude in the second factor: sqrt(1 - alpha_bar^2)
# cause: the noise is scaled by the root of 1 - alpha_bar squared
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a**2) * eps, eps
