# wrong: the parameters in net are replaced by float64 ones on the way
# cause: forward_network made float64 of net
# severity: minor, argued: the output is right and so are the values, but the caller's net holds other arrays of another dtype
def forward_network(net, x):
    for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
        net[name] = net[name].astype(np.float64)
    z1 = x @ net["W1"] + net["b1"]
    h1 = relu(z1)
    z2 = h1 @ net["W2"] + net["b2"]
    h2 = relu(z2)
    out = h2 @ net["W3"] + net["b3"]
    return out, (x, z1, h1, z2, h2)


def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    grads = {"W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0)}
    dz2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    grads |= {"W2": h1.T @ dz2, "b2": dz2.sum(axis=0)}
    dz1 = (dz2 @ net["W2"].T) * relu_deriv(z1)
    grads |= {"W1": x.T @ dz1, "b1": dz1.sum(axis=0)}
    m = net["momentum"]
    for name, g in grads.items():
        net["velocities"][name] = m * net["velocities"][name] + (1 - m) * g
        net[name] = net[name] - lr * net["velocities"][name]
