# wrong: posterior variance used as a standard deviation
# cause: the posterior variance is used as the standard deviation, without the square root
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    if t == 1:
        return mean
    return mean + betas[k] * (1 - alpha_bars[k - 1]) / (1 - alpha_bars[k]) * rng.standard_normal(mean.shape)
