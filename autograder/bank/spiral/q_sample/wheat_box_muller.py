# right: normal numbers by Box and Muller, from uniform ones
def q_sample(x0, t, alpha_bars):
    u, v = 1 - rng.random(x0.shape), rng.random(x0.shape)
    eps = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
