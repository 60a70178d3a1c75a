# wrong: the deterministic DDIM step, another sampler
# cause: the step is DDIM's, which adds no noise
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    ab, ab_prev = alpha_bars[t - 1], (alpha_bars[t - 2] if t > 1 else 1.0)
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x0 = (x_t - np.sqrt(1 - ab) * eps) / np.sqrt(ab)
    return np.sqrt(ab_prev) * x0 + np.sqrt(1 - ab_prev) * eps
