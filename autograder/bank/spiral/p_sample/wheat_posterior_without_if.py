# right: the posterior variance is 0 at t = 1 by itself, so no branch is needed
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    prev = np.concatenate([[1.0], alpha_bars[:-1]])
    sigma = np.sqrt(betas * (1 - prev) / (1 - alpha_bars))[t - 1]
    eps, _ = forward_network(network, np.c_[x_t, np.full(len(x_t), t / len(alpha_bars))])
    mean = (x_t - betas[t - 1] * eps / np.sqrt(1 - alpha_bars[t - 1])) * alphas[t - 1] ** -0.5
    return mean + sigma * rng.standard_normal(mean.shape)
