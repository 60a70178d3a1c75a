# wrong: t = T is never drawn, and the average starts at 0
# holds: chaff_never_T, chaff_ema_from_zero
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    averages = np.zeros(steps)
    average = 0.0
    for step in range(steps):
        t = rng.integers(1, T, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        pred, cache = forward_network(network, np.hstack([x_t, t[:, None] / T]))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        average = smoothing * average + (1 - smoothing) * loss
        averages[step] = average
    return averages
