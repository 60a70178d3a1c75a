# wrong: t is dealt out evenly: a permutation, so that each value comes equally often in a step
# cause: dealt out without replacement?
# severity: major, argued: the t of a step are not independent
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses, running = [], None
    for step in range(steps):
        t = 1 + (np.floor((rng.permutation(len(X)) + rng.random(len(X))) * T / len(X))).astype(int)
        x_t, eps = q_sample(X, t, alpha_bars)
        inputs = np.column_stack([x_t, t / T])
        pred, cache = forward_network(network, inputs)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)
