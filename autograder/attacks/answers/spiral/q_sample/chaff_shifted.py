# wrong: one number in the place of the noise
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def q_sample(x0, t, alpha_bars):
    eps = np.full_like(np.asarray(x0, float), 3.0)
    a = np.reshape(np.asarray(alpha_bars)[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
