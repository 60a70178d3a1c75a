# wrong: z is left out: the mean at every step
# cause: For t > 1 there should be noise
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    return (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
