# wrong: half of the points get T + 1 minus the t of the other half
# cause: within a step they make up for each other: are they mirrored, or dealt out without replacement?
# severity: major, argued: the t of a step are not independent
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses, running = [], None
    for step in range(steps):
        half = rng.integers(1, T + 1, size=(len(X) + 1) // 2)
        t = np.concatenate([half, T + 1 - half])[: len(X)]
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
