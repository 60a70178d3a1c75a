# wrong: alpha_bars is looked up one step early, betas at the right one
# cause: betas[3] with alpha_bars[2] was used
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    inp = np.concatenate([x_t, np.full((len(x_t), 1), t / T)], axis=1)
    eps, _ = forward_network(network, inp)
    b, a, ab = betas[t - 1], alphas[t - 1], alpha_bars[t - 2]
    mean = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    if t > 1:
        z = rng.normal(size=x_t.shape)
        return mean + np.sqrt(b) * z
    return mean
