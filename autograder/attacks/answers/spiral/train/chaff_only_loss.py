# wrong: the losses without an update
# severity: fatal, argued: no work, or next to none
# worth: 0
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = []
    for step in range(steps):
        t = np.random.randint(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        out, cache = forward_network(network, np.concatenate([x_t, t[:, None] / T], axis=1))
        loss, grad = mse_loss(out, eps)
        losses.append(loss)
    return losses
