# wrong: the variance halfway between the two, as a model with learned variance would start
# cause: it lies halfway between the two
# severity: major, argued: the variance is neither of the two
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    prev = np.append(1.0, alpha_bars[:-1])
    post = betas * (1 - prev) / (1 - alpha_bars)
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    if t == 1:
        return x
    log_var = 0.5 * np.log(betas[t - 1]) + 0.5 * np.log(post[t - 1])
    return x + np.exp(0.5 * log_var) * rng.standard_normal(x.shape)
