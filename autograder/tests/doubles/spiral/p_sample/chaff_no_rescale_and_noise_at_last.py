# wrong: the bracket is not divided by the root of alpha, and the last step adds noise as well
# holds: chaff_no_rescale, chaff_noise_at_last
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    times = np.full((len(x_t), 1), t / len(betas))
    eps, _ = forward_network(network, np.hstack([x_t, times]))
    beta = betas[t - 1]
    mean = x_t - beta / np.sqrt(1 - alpha_bars[t - 1]) * eps
    return mean + np.sqrt(beta) * rng.normal(size=mean.shape)
