# right: the true derivative of the mean, half of mse_loss's gradient, is right too
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inp = np.concatenate([x_t, (t / T)[:, None]], axis=1)
        pred, cache = forward_network(network, inp)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, (pred - eps) / len(X), lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
