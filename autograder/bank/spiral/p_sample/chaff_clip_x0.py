# wrong: the predicted x_0 is clipped to [-1, 1] as for images; our data are larger
# cause: is something clipped, or averaged over the points?
# severity: major, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    b, a, ab = betas[t - 1], alphas[t - 1], alpha_bars[t - 1]
    ab_prev = alpha_bars[t - 2] if t > 1 else 1.0
    eps = forward_network(network, np.column_stack((x_t, np.full(x_t.shape[0], t / len(betas)))))[0]
    x0 = np.clip((x_t - np.sqrt(1 - ab) * eps) / np.sqrt(ab), -1.0, 1.0)
    x = np.sqrt(ab_prev) * b / (1 - ab) * x0 + np.sqrt(a) * (1 - ab_prev) / (1 - ab) * x_t
    return x if t == 1 else x + np.sqrt(b * (1 - ab_prev) / (1 - ab)) * rng.normal(0, 1, x.shape)
