# wrong: noise in the place of all else
# severity: fatal, argued: no work, or next to none
# worth: 0
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    return np.random.randn(*x_t.shape) if t > 1 else x_t.copy()
