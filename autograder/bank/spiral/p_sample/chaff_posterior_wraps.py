# wrong: "previous" alpha_bar is taken two steps back; at t = 2 it wraps around to the last one
# cause: the previous alpha_bar is taken from two steps back
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    if t == 1:
        return mean
    var = betas[k] * (1 - alpha_bars[k - 2]) / (1 - alpha_bars[k])
    return mean + np.sqrt(var) * rng.standard_normal(mean.shape)
