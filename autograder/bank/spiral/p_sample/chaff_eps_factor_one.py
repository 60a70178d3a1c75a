# wrong: all of the predicted noise is taken away at once: the factor beta / sqrt(1 - alpha_bar) is forgotten
# cause: eps is taken away as it is
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    t_col = np.full((x_t.shape[0], 1), t / len(betas))
    eps, _ = forward_network(network, np.hstack([x_t, t_col]))
    mean = (x_t - eps) / np.sqrt(alphas[t - 1])
    if t > 1:
        mean = mean + np.sqrt(betas[t - 1]) * rng.normal(size=x_t.shape)
    return mean
