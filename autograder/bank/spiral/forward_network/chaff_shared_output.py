# wrong: to save memory the output is written into an array that is kept, and reused by the next call of the same shape
# cause: A later call changed the output of an earlier one
# severity: major, argued: an earlier answer turns into the later one; right only where it is used up before the next call
_kept = {}


def forward_network(net, x):
    z1 = x @ net["W1"] + net["b1"]
    h1 = relu(z1)
    z2 = h1 @ net["W2"] + net["b2"]
    h2 = relu(z2)
    shape = (len(x), net["W3"].shape[1])
    out = _kept.setdefault(shape, np.empty(shape))
    out[:] = h2 @ net["W3"]
    out += net["b3"]
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
