# wrong: the network sees t, not t/T
# cause: t was not divided by T
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t)]))
    x = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    if t > 1:
        x += np.sqrt(b) * rng.standard_normal(x.shape)
    return x
