# wrong: the pair (out, cache) is used as if it were the predicted noise
# cause: forward_network returns two things, (out, cache): is a pair used as if it were one array?
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    eps = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    if t == 1:
        return mean
    return mean + np.sqrt(betas[t - 1]) * rng.standard_normal(mean.shape)
