# wrong: both coordinates of a point get the same noise
# cause: The noise should be drawn for each coordinate, but both get the same
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal((len(x_t), 1))
