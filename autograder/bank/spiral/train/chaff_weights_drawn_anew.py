# wrong: the network's weights are drawn anew before the first step
# cause: are they drawn anew?
# severity: major, argued: right only for a network that was not trained before
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    for k in ("W1", "b1", "W2", "b2", "W3", "b3"):
        network[k] = 0.1 * rng.normal(size=network[k].shape)
    losses, running = [], None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
