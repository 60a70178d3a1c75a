# wrong: throws the network's velocities away, since sampling does not need them
# cause: p_sample should not change the network
# severity: minor, argued: a side effect; the points are right
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    network["velocities"] = None
    beta, a, a_bar = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mu = 1 / np.sqrt(a) * (x_t - (1 - a) / np.sqrt(1 - a_bar) * eps)
    z = rng.standard_normal(x_t.shape) if t > 1 else np.zeros_like(x_t)
    return mu + np.sqrt(beta) * z
