# wrong: Adam's bias-corrected average: right at the first step, other weights afterwards
# cause: the average is divided by 1 - s^k, as in Adam
# severity: major, argued: the losses returned are others
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = 0.0
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = smoothing * running + (1 - smoothing) * loss
        losses.append(running / (1 - smoothing ** (step + 1)) if smoothing else running)
    return np.array(losses)
