# wrong: the velocities are set to 0 before the first step
# cause: they were set back before the first step
# severity: major, argued: right only for a network that was not trained before
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    for k in network["velocities"]:
        network["velocities"][k] = np.zeros_like(network[k])
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
