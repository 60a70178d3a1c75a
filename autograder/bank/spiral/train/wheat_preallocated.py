# right: preallocated arrays, filled in place; index 0 is a case of its own
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    N = X.shape[0]
    curve = np.zeros(steps)
    inp = np.empty((N, 3), dtype=np.float32)
    for k in range(steps):
        t = rng.integers(1, T + 1, N)
        inp[:, :2], eps = q_sample(X, t, alpha_bars)
        inp[:, 2] = t.astype(np.float32) / T
        pred, cache = forward_network(network, inp)
        loss, grad = mse_loss(pred, eps.astype(np.float32))
        backward_network(network, cache, grad, lr=lr)
        curve[k] = loss if k == 0 else smoothing * curve[k - 1] + (1 - smoothing) * loss
    return curve
