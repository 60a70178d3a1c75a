# wrong: returns (eps, x_t)
# cause: return x_t first, then eps
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return eps, np.sqrt(a) * x0 + np.sqrt(1 - a) * eps
