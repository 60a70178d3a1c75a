# wrong: only every second step adds noise
# symptom: For t = 3 and beta
# severity: major, argued: right at even t only
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    return x if t % 2 else x + np.sqrt(b) * rng.standard_normal(x.shape)
