# wrong: x_t and eps are drawn once for each t pattern: the same noise is used in all steps
# cause: Every step should draw fresh noise, but two steps in a row use the same
# severity: major, argued: the updates differ from the docstring's
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        if step == 0:
            noise = rng.standard_normal(X.shape)
        ab = alpha_bars[t - 1][:, None]
        eps = noise
        x_t = np.sqrt(ab) * X + np.sqrt(1 - ab) * eps
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
