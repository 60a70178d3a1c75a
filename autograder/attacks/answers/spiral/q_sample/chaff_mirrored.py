# wrong: half of the noise is drawn, the other half is its mirror image, two rows further on
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def q_sample(x0, t, alpha_bars):
    x0 = np.asarray(x0, dtype=float)
    half = rng.normal(size=(len(x0) // 4 + 2, 2, 2))
    eps = np.concatenate([half, -half], axis=1).reshape(-1, 2)[1 : len(x0) + 1]
    a = np.reshape(np.asarray(alpha_bars)[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
