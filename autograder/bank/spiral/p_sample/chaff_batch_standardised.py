# wrong: x_t is standardised before the step, "to keep variance 1"
# cause: x_t is standardised
# severity: major, argued: the result hangs on the other points
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    x_t = (x_t - x_t.mean(axis=0)) / (x_t.std(axis=0) + 1e-8)
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    return x if t == 1 else x + np.sqrt(b) * rng.standard_normal(x.shape)
