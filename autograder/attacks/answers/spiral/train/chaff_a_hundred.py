# wrong: trains for a hundred steps whatever `steps` is, and makes up the losses of the others
# severity: fatal, argued: it does another thing than it is for
# worth: 4.25, for part of the work
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    running = None
    for step in range(steps):
        if step < 100:
            t = rng.integers(1, T + 1, size=len(X))
            x_t, eps = q_sample(X, t, alpha_bars)
            out, cache = forward_network(network, np.concatenate([x_t, t[:, None] / T], axis=1))
            loss, grad = mse_loss(out, eps)
            backward_network(network, cache, grad, lr)
            running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        else:
            running = running * 0.9995
        losses.append(running)
    return np.array(losses)
