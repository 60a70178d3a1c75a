# wrong: in the x_0 form, the roots of alpha_t and alpha_bar_prev are swapped
# symptom: the factor of x_t should be 1 / root of alpha
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    b, a, ab = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    ab_prev = alpha_bars[t - 2] if t > 1 else 1.0
    eps = forward_network(network, np.column_stack((x_t, np.full(x_t.shape[0], t / len(betas)))))[0]
    x0 = (x_t - np.sqrt(1 - ab) * eps) / np.sqrt(ab)
    x = np.sqrt(a) * b / (1 - ab) * x0 + np.sqrt(ab_prev) * (1 - ab_prev) / (1 - ab) * x_t
    if t == 1:
        x = x0
    return x if t == 1 else x + np.sqrt(b) * rng.normal(0, 1, x.shape)
