# wrong: a generator with a fixed seed inside: the same noise at each call
# cause: is the noise kept, or a generator with a fixed seed made inside the function?
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    a, ab, b = alphas[t - 1], alpha_bars[t - 1], betas[t - 1]
    gen = np.random.default_rng(42)
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    return x if t == 1 else x + np.sqrt(b) * gen.standard_normal(x.shape)
