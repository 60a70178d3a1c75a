# wrong: sigma is sqrt(1 - alpha_bar), the noise of the forward process
# cause: 1 - alpha_bar is used in place of beta
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    return mean if t == 1 else mean + np.sqrt(1 - alpha_bars[k]) * rng.standard_normal(mean.shape)
