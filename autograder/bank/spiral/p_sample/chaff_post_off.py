# wrong: the posterior variance is looked up one step late
# cause: the posterior variance is taken one step too late
# severity: major, argued: the step differs from the equation
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    inp = np.concatenate([x_t, np.full((len(x_t), 1), t / T)], axis=1)
    eps, _ = forward_network(network, inp)
    b, a, ab = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    mean = (x_t - b / np.sqrt(1 - ab) * eps) / np.sqrt(a)
    if t > 1:
        z = rng.normal(size=x_t.shape)
        return mean + np.sqrt(b * (1 - ab) / (1 - alpha_bars[min(t, len(betas) - 1)])) * z
    return mean
