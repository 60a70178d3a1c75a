# right: clipped posterior log variance, as in OpenAI's code
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    prev = np.append(1.0, alpha_bars[:-1])
    post = betas * (1.0 - prev) / (1.0 - alpha_bars)
    log_var = np.log(np.maximum(post, 1e-20))
    noise = rng.standard_normal(x_t.shape)
    eps = forward_network(network, np.column_stack([x_t, np.repeat(t / T, len(x_t))]))[0]
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    return mean + (t != 1) * np.exp(0.5 * log_var[t - 1]) * noise
