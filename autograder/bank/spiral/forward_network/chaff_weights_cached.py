# wrong: weights of a shape are remembered from the first call, later updates are not seen
# cause: the weights of an earlier network are used, not those passed in
# severity: fatal, measured
_weights = {}
def forward_network(net, x):
    w = _weights.setdefault((net["W1"].shape, net["W3"].shape), {k: net[k].copy() for k in ("W1", "b1", "W2", "b2", "W3", "b3")})
    z1 = x @ w["W1"] + w["b1"]; h1 = relu(z1)
    z2 = h1 @ w["W2"] + w["b2"]; h2 = relu(z2)
    return h2 @ w["W3"] + w["b3"], (x, z1, h1, z2, h2)
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    grads = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": h1.T @ d2, "b2": d2.sum(axis=0),
             "W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0)}
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
