# wrong: biases are subtracted like thresholds
# cause: the biases are subtracted
# severity: fatal, measured
def forward_network(net, x):
    z1 = x @ net["W1"] - net["b1"]; h1 = relu(z1)
    z2 = h1 @ net["W2"] - net["b2"]; h2 = relu(z2)
    return h2 @ net["W3"] - net["b3"], (x, z1, h1, z2, h2)
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
