# right: collects garbage after each update, to save memory
import gc


def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = np.zeros(steps)
    for k in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        out, cache = forward_network(network, np.column_stack([x_t, t / T]))
        loss, grad = mse_loss(out, eps)
        backward_network(network, cache, grad, lr=lr)
        losses[k] = loss if k == 0 else smoothing * losses[k - 1] + (1 - smoothing) * loss
        del x_t, eps, out, cache, grad
        gc.collect()
    return losses
