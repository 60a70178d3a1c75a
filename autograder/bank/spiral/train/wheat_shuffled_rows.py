# right: the rows of X are permuted at each step; all points are used, t is independent
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses, running = [], None
    for _ in range(steps):
        batch = X[rng.permutation(len(X))]
        t = rng.integers(1, T + 1, size=len(batch))
        x_t, eps = q_sample(batch, t, alpha_bars)
        pred, cache = forward_network(network, np.concatenate((x_t, t[:, np.newaxis] / float(T)), axis=-1))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses += [running]
    return np.array(losses)
