# right: a generator yields the averages
def _averages(network, X, T, alpha_bars, steps, lr, s):
    r = None
    for _ in range(steps):
        t = rng.integers(1, T + 1, size=(len(X), 1))
        x_t, eps = q_sample(X, t[:, 0], alpha_bars)
        pred, cache = forward_network(network, np.hstack((x_t, t / T)).astype("f4"))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        r = loss if r is None else s * r + (1 - s) * loss
        yield r
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    return np.array([*_averages(network, X, T, alpha_bars, steps, lr, smoothing)])
