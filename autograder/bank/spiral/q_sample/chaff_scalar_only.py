# wrong: a vector t breaks, (N,) does not broadcast with (N, 2)
# cause: Each row's factor needs a second axis of length 1
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = alpha_bars[t - 1]
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
