# wrong: the noise is multiplied by 0.8, a "temperature"
# cause: the noise is multiplied by 0.80
# severity: major, argued: the variance is neither of the two
def p_sample(network, x_t, t, betas, alphas, alpha_bars, temperature=0.8):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    return x if t == 1 else x + temperature * np.sqrt(b) * rng.standard_normal(x.shape)
