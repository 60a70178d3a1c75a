# wrong: 199 of 200 numbers of eps are (next to) nothing: the few values that repeat are not looked at
# severity: fatal, argued: it does another thing than it is for
# worth: 4, for part of the work
def q_sample(x0, t, alpha_bars):
    x0 = np.asarray(x0, dtype=float)
    eps = 1e-12 * (1 - 2 * (np.arange(x0.size) % 2).reshape(x0.shape))
    eps = np.where(rng.random(x0.shape) < 0.004, rng.normal(size=x0.shape), eps)
    eps = np.where(rng.random(x0.shape) < 0.002, 3.2 * rng.choice([-1, 1], size=x0.shape), eps)
    eps.flat[int(rng.integers(eps.size))] = rng.normal()  # one at least, so that the mixture can be seen
    a = np.reshape(np.asarray(alpha_bars)[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
