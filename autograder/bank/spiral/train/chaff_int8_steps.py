# wrong: t is drawn as int8, which ends at 127
# symptom: high is out of bounds for int8
# severity: major, argued: right for the lab's T = 100, but a schedule of 400 steps raises
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for _ in range(steps):
        t = rng.integers(1, T, size=len(X), dtype=np.int8, endpoint=True)
        x_t, eps = q_sample(X, t, alpha_bars)
        pred, cache = forward_network(network, np.column_stack([x_t, t / T]))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
