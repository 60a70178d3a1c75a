# wrong: each step runs through X in batches of 100 with an update for each
# cause: are batches taken within a step?
# severity: major, argued: the updates differ from the docstring's
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        for part in range(0, len(X), 100):
            xb = X[part:part + 100]
            t = rng.integers(1, T + 1, size=len(xb))
            x_t, eps = q_sample(xb, t, alpha_bars)
            inputs = np.column_stack([x_t, t / T])
            pred, cache = forward_network(network, inputs)
            loss, grad = mse_loss(pred, eps)
            backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
