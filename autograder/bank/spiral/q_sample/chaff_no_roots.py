# wrong: no square roots
# cause: the signal is scaled by alpha_bar, without the square root
# severity: major, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return a * x0 + (1 - a) * eps, eps
