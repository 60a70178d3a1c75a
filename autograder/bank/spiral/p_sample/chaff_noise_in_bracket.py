# wrong: the noise stands inside the bracket and is divided by sqrt(alpha) as well
# cause: the noise was divided by the root of alpha with the mean
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    z = rng.standard_normal(x_t.shape) if t > 1 else 0
    return (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps + np.sqrt(betas[k]) * z) / np.sqrt(alphas[k])
