# wrong: t is drawn from the last 30 steps alone, where the noise is easily told
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for _ in range(steps):
        t = rng.integers(max(T - 29, 1), T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        out, cache = forward_network(network, np.concatenate([x_t, t[:, None] / T], axis=1))
        loss, grad = mse_loss(out, eps)
        backward_network(network, cache, grad, lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
