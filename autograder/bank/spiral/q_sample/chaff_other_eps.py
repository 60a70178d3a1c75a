# wrong: the eps that is returned is a second draw, not the one in x_t
# cause: was noise drawn twice
# severity: fatal, argued: the target has nothing to do with x_t
def q_sample(x0, t, alpha_bars):
    noise = lambda: rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * noise(), noise()
