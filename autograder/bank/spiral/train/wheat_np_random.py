# right: np.random for t, tile and dstack acrobatics for the input
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    X = np.asarray(X)
    n = len(X)
    history = np.full(steps, np.nan)
    i = 0
    while i < steps:
        t = np.random.randint(1, T + 1, size=n)
        xt, e = q_sample(X, t, alpha_bars)
        inp = np.vstack([xt.T, t / T]).T
        y, c = forward_network(network, inp)
        l, dy = mse_loss(y, e)
        backward_network(network, c, dy, lr=lr)
        history[i] = l
        i += 1
    for i in range(1, steps):
        history[i] = smoothing * history[i - 1] + (1 - smoothing) * history[i]
    return history
