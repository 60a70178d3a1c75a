# right: q_sample is called for each point with a scalar t
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    running, losses = None, []
    for _ in range(steps):
        rows, targets = [], []
        for point in X:
            t = int(rng.integers(1, T + 1))
            x_t, eps = q_sample(point[None, :], t, alpha_bars)
            rows.append([x_t[0, 0], x_t[0, 1], t / T])
            targets.append(eps[0])
        pred, cache = forward_network(network, np.array(rows))
        loss, grad = mse_loss(pred, np.array(targets))
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
