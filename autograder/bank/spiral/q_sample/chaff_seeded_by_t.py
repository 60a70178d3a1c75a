# wrong: seeded with t, so the same step always gets the same noise
# cause: is the noise kept, or a generator with a fixed seed made inside the function?
# severity: major, argued: a step always gets the same noise
def q_sample(x0, t, alpha_bars):
    eps = np.random.default_rng(int(np.sum(t))).standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
