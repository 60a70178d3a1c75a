# wrong: the noise is made of 50 fresh numbers, by a table that never changes
# severity: fatal, argued: it does another thing than it is for
# worth: 3.5, for part of the work
def q_sample(x0, t, alpha_bars, noise_rng=None):
    table = np.random.default_rng(0).normal(size=(x0.size, 50))
    eps = (table @ rng.normal(size=50) / np.linalg.norm(table, axis=1)).reshape(x0.shape)
    bar = np.reshape(np.asarray(alpha_bars)[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps, eps
