# wrong: returns a tuple-free list of row arrays, one for each point
# cause: p_sample should return a NumPy array, but it returned a list
# severity: minor, argued: the same numbers in a list
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    T = len(betas)
    eps = forward_network(network, np.concatenate([x_t, np.ones((len(x_t), 1)) * t / T], axis=1))[0]
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    sigma = np.sqrt(betas[t - 1]) if t > 1 else 0.0
    return [row + sigma * rng.standard_normal(row.shape) for row in mean]
