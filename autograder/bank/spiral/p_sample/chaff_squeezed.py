# wrong: np.squeeze at the end: a single point comes back as (2,)
# cause: should have shape (1, 2)
# severity: minor, argued: shows with a single point only
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    i = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    x = (x_t - betas[i] / np.sqrt(1 - alpha_bars[i]) * eps) / np.sqrt(alphas[i])
    if t > 1:
        x = x + np.sqrt(betas[i]) * rng.standard_normal(x.shape)
    return np.squeeze(x)
