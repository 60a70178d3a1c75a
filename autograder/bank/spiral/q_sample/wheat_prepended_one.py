# right: alpha_bar_0 = 1 is put in front, so t is the index
def q_sample(x0, t, alpha_bars):
    table = np.concatenate(([1.0], alpha_bars))
    signal = np.sqrt(table)[t]
    spread = np.sqrt(1 - table)[t]
    eps = rng.normal(loc=0, scale=1, size=np.shape(x0))
    column = (lambda v: np.asarray(v).reshape(-1, 1))
    return column(signal) * x0 + column(spread) * eps, eps
