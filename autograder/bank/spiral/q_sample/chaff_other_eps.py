# wrong: the eps that is returned is a second draw, not the one in x_t
# cause: was noise drawn twice
# severity: fatal, measured
def q_sample(x0, t, alpha_bars):
    noise = lambda: rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * noise(), noise()
