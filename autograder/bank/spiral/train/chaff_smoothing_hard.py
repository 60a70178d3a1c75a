# wrong: the smoothing is 0.999 whatever is passed
# cause: the smoothing is fixed at 0.999
# severity: major, argued: right only for smoothing 0.999
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        inp = np.concatenate([x_t, (t / T)[:, None]], axis=1)
        pred, cache = forward_network(network, inp)
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr)
        running = loss if running is None else 0.999 * running + 0.001 * loss
        losses.append(running)
    return np.array(losses)
