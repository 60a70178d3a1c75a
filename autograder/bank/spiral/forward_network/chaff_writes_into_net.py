# wrong: the activations are stored in the net itself, so forward_network changes net
# cause: into the net: what backward needs goes into the cache
# severity: minor, argued: a side effect on the argument net
def forward_network(net, x):
    net["x"] = x
    net["z1"] = x @ net["W1"] + net["b1"]
    net["h1"] = relu(net["z1"])
    net["z2"] = net["h1"] @ net["W2"] + net["b2"]
    net["h2"] = relu(net["z2"])
    out = net["h2"] @ net["W3"] + net["b3"]
    return out, (net["x"], net["z1"], net["h1"], net["z2"], net["h2"])


def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    grads = {
        "W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0),
        "W2": h1.T @ d2, "b2": d2.sum(axis=0),
        "W1": x.T @ d1, "b1": d1.sum(axis=0),
    }
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
