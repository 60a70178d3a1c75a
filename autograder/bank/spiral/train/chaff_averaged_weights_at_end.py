# wrong: at the end the mean of the weights of all steps is put into the network
# cause: at the end they are not those of the last update: is an average of them put in?
# severity: major, argued: the network ends with other weights
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    total = {k: 0.0 for k in ("W1", "b1", "W2", "b2", "W3", "b3")}
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
        for k in total:
            total[k] = total[k] + network[k]
    for k in total:
        network[k] = total[k] / steps
    return np.array(losses)
