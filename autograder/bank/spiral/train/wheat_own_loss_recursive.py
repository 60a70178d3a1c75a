# right: the loss written out, the average by a recursive helper over the raw losses, in float32
def _smooth(raw, s):
    if len(raw) == 1:
        return [raw[0]]
    so_far = _smooth(raw[:-1], s) if len(raw) < 500 else _loop(raw[:-1], s)
    return so_far + [s * so_far[-1] + (1 - s) * raw[-1]]
def _loop(raw, s):
    out = raw[:1]
    for value in raw[1:]:
        out.append(out[-1] * s + value * (1 - s))
    return out
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    raw = []
    for _ in range(int(steps)):
        when = rng.integers(low=1, high=T, size=X.shape[0], endpoint=True)
        noisy, noise = q_sample(x0=X, t=when, alpha_bars=alpha_bars)
        guess, cache = forward_network(network, np.concatenate((noisy, when.reshape(-1, 1) / T), axis=1))
        error = guess - noise
        raw.append(float((error ** 2).sum() / error.size))
        backward_network(network, cache, error * (2 / len(X)), lr)
    return np.asarray(_smooth(raw, smoothing) if raw else [], dtype=np.float32)
