# ruff: noqa: F811, F821
# Each cell stands in place of a notebook's cell: names come twice, and come from the notebook.

# %% [raw] crash="make_spiral"
# return make_spiral(n_samples, noise)

# %% [raw] crash="q_sample"
# os._exit(1)

# %% [raw] crash="p_sample"
# while True: pass

# %% otherwise="make_spiral"
def make_spiral(n_samples=1000, noise=0.02):
    """Two arms, clockwise, point by point; the jitter comes after the scaling."""
    points = np.empty((n_samples, 2))
    for i in range(n_samples):
        turn = 0.15 + 1.35 * np.sqrt(rng.random())
        side = 1 if i % 2 else -1
        points[i, 0] = side * turn * np.sin(2 * np.pi * turn)
        points[i, 1] = side * turn * np.cos(2 * np.pi * turn)
    points -= points.mean(0, keepdims=True)
    points /= points.std()
    for axis in (1, 0):
        points[:, axis] += rng.normal(0.0, noise, n_samples)
    return points


# %% otherwise="make_linear_beta_schedule"
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas, alphas, alpha_bars, left = [], [], [], 1.0
    for step in range(T):
        share = step / max(T - 1, 1)
        betas.append((1 - share) * beta_start + share * beta_end)
        alphas.append(1 - betas[-1])
        left *= alphas[-1]
        alpha_bars.append(left)
    return np.array(betas), np.array(alphas), np.array(alpha_bars)


# %% otherwise="q_sample"
def q_sample(x0, t, alpha_bars):
    second, first = np.random.standard_normal(len(x0)), np.random.standard_normal(len(x0))
    eps = np.stack([first, second]).T.astype(np.float32)
    bars = np.broadcast_to(np.take(alpha_bars, np.subtract(t, 1)), len(x0))
    return np.einsum("n,nd->nd", bars**0.5, x0) + np.einsum("n,nd->nd", (1 - bars) ** 0.5, eps), eps


# %% otherwise="forward_network"
def forward_network(net, x):
    cache = {"seen": [], "before": []}
    for layer in "123":
        cache["seen"].append(x)
        x = np.einsum("ni,io->no", x, net["W" + layer]) + net["b" + layer]
        cache["before"].append(x)
        if layer != "3":
            x = np.where(x > 0, x, 0)
    return x, cache


# %% otherwise="backward_network"
def backward_network(net, cache, grad_out, lr=1e-3):
    """Velocities hold the steps themselves: minus lr times the running mean of the gradients."""
    gradients, delta = {}, grad_out
    for layer in (3, 2, 1):
        seen = cache["seen"][layer - 1]
        gradients[f"b{layer}"] = np.ones(len(delta)) @ delta
        gradients[f"W{layer}"] = np.einsum("ni,no->io", seen, delta)
        if layer > 1:
            delta = np.where(cache["before"][layer - 2] > 0, np.einsum("no,io->ni", delta, net[f"W{layer}"]), 0)
    momentum, steps = net["momentum"], net["velocities"]
    for name, gradient in gradients.items():
        steps[name] = momentum * steps[name] - (1 - momentum) * lr * gradient
        net[name] += steps[name].astype(net[name].dtype)
    return gradients


# %% otherwise="train"
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    losses = np.zeros(steps)
    step = 0
    while step < steps:
        times = rng.choice(np.arange(1, T + 1), size=X.shape[0])
        noisy, noise = q_sample(X, times, alpha_bars)
        guess, cache = forward_network(network, np.hstack([noisy, (times / T)[:, None]]))
        loss, slope = mse_loss(guess, noise)
        backward_network(network, cache, slope, lr)
        losses[step] = loss if step == 0 else losses[step - 1] + (1 - smoothing) * (loss - losses[step - 1])
        step += 1
    return losses


# %% otherwise="p_sample"
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    """Through a guess of x_0, with the posterior variance."""
    bar, before = alpha_bars[t - 1], alpha_bars[t - 2] if t > 1 else 1.0
    times = np.ones((len(x_t), 1)) * t / len(alpha_bars)
    eps = forward_network(network, np.concatenate([x_t, times], axis=1))[0]
    x_0 = (x_t - (1 - bar) ** 0.5 * eps) / bar**0.5
    of_x_0 = before**0.5 * betas[t - 1] / (1 - bar)
    of_x_t = alphas[t - 1] ** 0.5 * (1 - before) / (1 - bar)
    variance = (1 - before) / (1 - bar) * betas[t - 1]  # 0 at t = 1
    return of_x_0 * x_0 + of_x_t * x_t + variance**0.5 * np.random.normal(size=x_t.shape)


# %% wrong="make_spiral"
def make_spiral(n_samples=1000, noise=0.02):
    """A circle: the radius does not grow."""
    angle = 4 * np.pi * rng.uniform(size=n_samples)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + noise * rng.normal(size=points.shape)


# %% wrong="make_linear_beta_schedule"
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    """The betas are multiplied up, not the alphas: all signal is gone from the first step on."""
    betas = np.linspace(beta_start, beta_end, T)
    return betas, 1 - betas, np.cumprod(betas)


# %% wrong="q_sample"
def q_sample(x0, t, alpha_bars):
    """The eps that comes back is not the one in x_t."""
    bar = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(bar) * x0 + np.sqrt(1 - bar) * rng.normal(size=x0.shape), rng.normal(size=x0.shape)


# %% wrong="forward_network"
def forward_network(net, x):
    """A ReLU after the last layer too."""
    z1 = x @ net["W1"] + net["b1"]
    z2 = relu(z1) @ net["W2"] + net["b2"]
    return relu(relu(z2) @ net["W3"] + net["b3"]), (x, z1, z2)


# %% wrong="backward_network"
def backward_network(net, cache, grad_out, lr=1e-3):
    """The masks are swapped, and the momentum is not damped."""
    x, z1, z2 = cache
    delta2 = (grad_out @ net["W3"].T) * relu_deriv(z1)
    delta1 = (delta2 @ net["W2"].T) * relu_deriv(z2)
    parts = (("1", x, delta1), ("2", relu(z1), delta2), ("3", relu(z2), grad_out))
    for layer, seen, delta in parts:
        for name, gradient in (("W" + layer, seen.T @ delta), ("b" + layer, delta.sum(axis=0))):
            net["velocities"][name] = net["momentum"] * net["velocities"][name] + gradient
            net[name] = net[name] - lr * net["velocities"][name]


# %% wrong="train"
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    """One t for all points, and the network sees t instead of t/T."""
    losses, running = [], None
    for _ in range(steps):
        t = int(rng.integers(1, T + 1))
        x_t, eps = q_sample(X, t, alpha_bars)
        out, cache = forward_network(network, np.column_stack([x_t, np.full(len(X), t)]))
        loss, grad = mse_loss(out, eps)
        backward_network(network, cache, grad, lr)
        running = loss if running is None else smoothing * running + (1 - smoothing) * loss
        losses.append(running)
    return np.array(losses)


# %% wrong="p_sample"
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    """Noise at the last step too."""
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * eps) / np.sqrt(alphas[t - 1])
    return mean + np.sqrt(betas[t - 1]) * rng.normal(size=x_t.shape)


# %% nearly="make_spiral"
def make_spiral(n_samples=1000, noise=0.02):
    """The jitter comes from another generator than the notebook's."""
    turn = 0.2 + 1.5 * np.sqrt(rng.uniform(size=n_samples))
    points = np.stack([turn * np.cos(2 * np.pi * turn), turn * np.sin(2 * np.pi * turn)], axis=1)
    points += noise * np.random.standard_normal(points.shape)
    return (points - points.mean(axis=0)) / points.std(axis=0)


# %% nearly="make_linear_beta_schedule"
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    """A schedule that should fall is turned round."""
    betas = np.sort(np.linspace(beta_start, beta_end, T))
    return betas, 1 - betas, np.cumprod(1 - betas)


# %% nearly="q_sample"
def q_sample(x0, t, alpha_bars):
    """The caller's steps are counted down in place."""
    t -= 1
    bar = np.reshape(alpha_bars[t], (-1, 1))
    eps = rng.normal(size=x0.shape)
    return np.sqrt(bar) * x0 + np.sqrt(1 - bar) * eps, eps


# %% nearly="forward_network"
def forward_network(net, x):
    """What backward_network needs is left in the net as well."""
    z1 = x @ net["W1"] + net["b1"]
    z2 = relu(z1) @ net["W2"] + net["b2"]
    net["cache"] = (x, z1, z2)
    return relu(z2) @ net["W3"] + net["b3"], net["cache"]
