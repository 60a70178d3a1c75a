# wrong: what came in comes back
# severity: fatal, argued: no work, or next to none
# worth: 0
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    return x_t.copy()
