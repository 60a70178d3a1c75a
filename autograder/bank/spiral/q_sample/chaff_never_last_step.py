# wrong: t is clipped to T - 1, the last step is never used
# cause: alpha_bars[7] is used
# severity: major, argued: wrong at t = T
def q_sample(x0, t, alpha_bars):
    idx = np.clip(np.asarray(t) - 1, 0, len(alpha_bars) - 2)
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[idx], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
