# right: all t of the run are drawn before the loop, a fresh row for each step
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    all_t = rng.integers(1, T + 1, size=(steps, len(X)))
    losses = np.empty(steps)
    avg = 0.0
    for k, t in enumerate(all_t):
        x_t, eps = q_sample(X, t, alpha_bars)
        pred, cache = forward_network(network, np.column_stack([x_t, t / T]))
        losses[k], grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        avg = losses[k] if k == 0 else smoothing * avg + (1 - smoothing) * losses[k]
        losses[k] = avg
    return losses
