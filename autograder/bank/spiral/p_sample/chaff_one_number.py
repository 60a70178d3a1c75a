# wrong: rng.normal() without a size: one number for all points
# cause: one number serves them all: is a size missing?
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    z = rng.normal() if t > 1 else 0
    return mean + np.sqrt(betas[t - 1]) * z
