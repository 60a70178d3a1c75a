# wrong: each step uses 128 random points, not all of X
# cause: are batches or a part of X used?
# severity: major, argued: the updates differ from the docstring's
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    data = X
    losses = []
    running = None
    for step in range(steps):
        X = data[rng.choice(len(data), size=min(128, len(data)), replace=False)]
        t = rng.integers(1, T + 1, size=min(128, len(data)))
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
