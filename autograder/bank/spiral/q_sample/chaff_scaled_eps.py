# wrong: returns the scaled noise sqrt(1 - alpha_bar) eps
# cause: it is returned already scaled by the root of 1 - alpha_bar: return the numbers as they were drawn
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    eps = np.sqrt(1 - a) * rng.standard_normal(x0.shape)
    return np.sqrt(a) * x0 + eps, eps
