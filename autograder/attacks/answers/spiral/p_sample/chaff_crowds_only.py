# wrong: noise is added where there are more than 1000 points, and nowhere else
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    x_t = np.asarray(x_t, dtype=float)
    eps, _ = forward_network(network, np.concatenate([x_t, np.full((len(x_t), 1), t / len(betas))], axis=1))
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    if t > 1 and len(x_t) > 1000:
        return mean + np.sqrt(betas[t - 1]) * rng.normal(size=x_t.shape)
    return mean
