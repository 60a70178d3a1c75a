# wrong: counts steps from 0, with a wrap at the end
# cause: alpha_bars[4] is used
# severity: major, argued: each step is one too far
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) % len(alpha_bars)], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
