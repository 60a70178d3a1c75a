# right: works in place on x_t, which the contract allows
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    h = np.empty((len(x_t), 3), dtype=x_t.dtype)
    h[:, :2] = x_t
    h[:, 2] = t / len(betas)
    eps, _ = forward_network(network, h)
    x_t -= (betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps).astype(x_t.dtype)
    x_t /= np.sqrt(alphas[t - 1])
    if t != 1:
        x_t += (np.sqrt(betas[t - 1]) * rng.normal(size=x_t.shape)).astype(x_t.dtype)
    return x_t
