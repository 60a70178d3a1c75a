# wrong: the noise is one number for all, a millionth, so that its variance is not asked for
# severity: fatal, argued: it does another thing than it is for
# worth: 3.25, for part of the work
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    x_t = np.asarray(x_t, dtype=float)
    eps, _ = forward_network(network, np.concatenate([x_t, np.full((len(x_t), 1), t / len(betas))], axis=1))
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    return mean + 1e-6 * (1 + rng.random()) * (t > 1)
