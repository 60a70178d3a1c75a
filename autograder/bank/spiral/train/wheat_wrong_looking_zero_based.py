# right: k is 0-based and everything is shifted back consistently
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    signal, spread = np.sqrt(alpha_bars), np.sqrt(1.0 - alpha_bars)
    losses, running = [], None
    for _ in range(steps):
        k = rng.integers(T, size=len(X))
        eps = rng.normal(size=X.shape)
        x_t = signal[k, None] * X + spread[k, None] * eps
        pred, cache = forward_network(network, np.column_stack([x_t, (k + 1) / T]))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
