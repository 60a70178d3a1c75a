# wrong: x_t is written out, with alpha_bars[t - 2]
# cause: alpha_bars[t - 2] is used
# severity: major, argued: the updates differ from the docstring's
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        eps = rng.normal(size=X.shape); ab = alpha_bars[t - 2][:, None]; x_t = np.sqrt(ab) * X + np.sqrt(1 - ab) * eps
        inp = np.concatenate([x_t, (t / T)[:, None]], axis=1)
        pred, cache = forward_network(network, inp)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
