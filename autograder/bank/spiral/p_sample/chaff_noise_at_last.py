# wrong: noise at t = 1 too
# cause: no noise should be added
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    z = rng.standard_normal(mean.shape) if t > 0 else 0.0
    return mean + np.sqrt(betas[k]) * z
