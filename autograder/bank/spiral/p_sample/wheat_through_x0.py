# right: predicts x_0 first and mixes it with x_t; the same mean by algebra
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    b, a, ab = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    ab_prev = alpha_bars[t - 2] if t > 1 else 1.0
    eps = forward_network(network, np.column_stack((x_t, np.full(x_t.shape[0], t / len(betas)))))[0]
    x0 = (x_t - np.sqrt(1 - ab) * eps) / np.sqrt(ab)
    c0 = np.sqrt(ab_prev) * b / (1 - ab)
    ct = np.sqrt(a) * (1 - ab_prev) / (1 - ab)
    x = c0 * x0 + ct * x_t
    if t > 1:
        x = x + np.sqrt(b * (1 - ab_prev) / (1 - ab)) * rng.normal(0, 1, x.shape)
    return x
