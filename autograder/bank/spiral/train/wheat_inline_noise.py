# right: the forward process is written inline, noise before t
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    out = []
    ema = None
    for step in range(1, steps + 1):
        eps = rng.standard_normal(X.shape)
        t = 1 + np.floor(T * rng.random(len(X))).astype(int)
        ab = np.asarray(alpha_bars)[t - 1].reshape(-1, 1)
        xt = np.sqrt(ab) * X + np.sqrt(1 - ab) * eps
        eps_hat, memory = forward_network(network, np.append(xt, t[:, None] / T, axis=1))
        value, gradient = mse_loss(eps_hat, eps)
        backward_network(network, memory, gradient, lr=lr)
        ema = value if step == 1 else smoothing * ema + (1 - smoothing) * value
        out.append(ema)
    return np.asarray(out)
