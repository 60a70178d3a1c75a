# right: (z + |z|) / 2 is ReLU
def forward_network(net, x):
    def act(z):
        return 0.5 * (z + np.abs(z))
    z1 = x.dot(net["W1"]) + net["b1"]
    z2 = act(z1).dot(net["W2"]) + net["b2"]
    return act(z2).dot(net["W3"]) + net["b3"], (x, z1, act(z1), z2, act(z2))
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
