# wrong: written out with one noise for both coordinates of a point
# cause: The noise should be drawn for each coordinate, but both get the same
# severity: fatal, measured
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses, running = [], None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=(len(X), 1))
        eps = np.repeat(rng.standard_normal((len(X), 1)), 2, axis=1)
        ab = alpha_bars[t - 1]
        x_t = ab ** 0.5 * X + (1 - ab) ** 0.5 * eps
        inputs = np.hstack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
