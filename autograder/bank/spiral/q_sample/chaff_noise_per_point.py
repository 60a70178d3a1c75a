# wrong: one number of noise for each point, shared by x and y
# cause: it looks as if noise was drawn once and broadcast
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = np.repeat(rng.standard_normal((len(x0), 1)), x0.shape[1], axis=1)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
