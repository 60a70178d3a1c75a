# wrong: reads the table one step too far, and gives both coordinates of a point the same noise
# holds: chaff_index_t, chaff_noise_per_point
def q_sample(x0, t, alpha_bars):
    one_each = rng.normal(size=(len(x0), 1))
    eps = np.hstack([one_each, one_each])
    last = len(alpha_bars) - 1
    a_bar = alpha_bars[np.clip(t, 0, last)]
    a_bar = np.atleast_1d(a_bar)[:, None]
    return np.sqrt(a_bar) * x0 + np.sqrt(1 - a_bar) * eps, eps
