# wrong: the bracket is divided by sqrt(alpha_bar); the same at t = 1
# cause: alpha_bar is used in place of alpha
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alpha_bars[k])
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
