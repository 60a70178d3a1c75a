# wrong: the noise is rounded through an integer array before it is added
# cause: is it rounded to whole numbers?
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    if t == 1:
        return mean
    z = np.zeros(mean.shape, dtype=int)
    z[:] = rng.standard_normal(mean.shape)
    return mean + np.sqrt(betas[k]) * z
