# wrong: the first reverse step (t = T) adds no noise, as if the loop counted the other way
# cause: There should be noise at every step but the last one, t = 1; at t = T, the first one, there is none
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    if t in (1, len(betas)):
        return mean
    return mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
