# wrong: the weights of the step with the smallest loss are put back at the end
# cause: are those of an earlier step put back?
# severity: major, argued: the network ends with other weights
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    best, kept = np.inf, None
    losses, running = [], None
    for step in range(steps):
        before = {k: network[k] for k in ("W1", "b1", "W2", "b2", "W3", "b3")}
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
        if loss < best:
            best, kept = loss, {k: inputs_k.copy() for k, inputs_k in before.items()}
    network.update(kept)
    return np.array(losses)
