# wrong: the predicted noise is averaged over the batch (axis 0, keepdims), all points move alike
# cause: is something clipped, or averaged over the points?
# severity: fatal, measured
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))[0]
    eps = eps.mean(axis=0, keepdims=True)
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
