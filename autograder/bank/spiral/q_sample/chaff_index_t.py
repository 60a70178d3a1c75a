# wrong: uses alpha_bars[t], one step too far
# cause: alpha_bars[4] is used
# severity: major, argued: each step is one too far
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    idx = np.minimum(np.asarray(t), len(alpha_bars) - 1)
    a = alpha_bars[idx].reshape(-1, 1)
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
