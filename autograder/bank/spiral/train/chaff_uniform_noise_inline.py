# wrong: q_sample is written out with uniform noise
# cause: The noise in x_t should be standard normal
# severity: major, measured
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses, running = [], None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        eps = rng.uniform(-1, 1, size=X.shape)
        ab = alpha_bars[t - 1][:, None]
        x_t = np.sqrt(ab) * X + np.sqrt(1 - ab) * eps
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
