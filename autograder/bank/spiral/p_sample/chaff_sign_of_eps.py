# wrong: the predicted noise is added
# cause: the noise is added, not taken away
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    eps = forward_network(network, np.c_[x_t, np.repeat(t / len(betas), len(x_t))])[0]
    x = (x_t + b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    return x + np.sqrt(b) * rng.standard_normal(x.shape) if t > 1 else x
