# wrong: no noise at t = 1, a habit of the sampler
# cause: it is 0 everywhere at t = 1
# severity: major, argued: wrong at t = 1
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    if np.ndim(t) == 0 and t == 1:
        eps = np.zeros_like(x0)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
