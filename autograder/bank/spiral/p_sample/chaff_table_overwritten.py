# wrong: writes the standard deviation over the beta of the step, after its last use
# cause: p_sample should not change betas
# severity: minor, argued: a side effect on an entry that no later step reads
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - (1 - alphas[t - 1]) / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    variance = betas[t - 1:t]
    np.sqrt(variance, out=variance)
    betas = 1 - alphas
    if t == 1:
        return mean
    return mean + np.sqrt(betas[t - 1]) * rng.standard_normal(mean.shape)
