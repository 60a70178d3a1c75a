# wrong: the losses are returned as an array of Python's module array, not of NumPy
# cause: train should return a NumPy array, but it returned a list
# severity: minor, argued: all numbers are right, only the type is another
from array import array


def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = array("d")
    for _ in range(steps):
        t = rng.integers(1, T + 1, size=len(X))
        x_t, eps = q_sample(X, t, alpha_bars)
        pred, cache = forward_network(network, np.column_stack([x_t, t / T]))
        loss, grad = mse_loss(pred, eps)
        backward_network(network, cache, grad, lr=lr)
        losses.append(smoothing * losses[-1] + (1 - smoothing) * loss if losses else loss)
    return losses
