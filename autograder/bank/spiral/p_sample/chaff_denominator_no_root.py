# wrong: beta / (1 - alpha_bar), no root
# cause: the square root of 1 - alpha_bar is missing
# severity: fatal, argued: at t = 1 eps is multiplied by 100 times too much
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / (1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
