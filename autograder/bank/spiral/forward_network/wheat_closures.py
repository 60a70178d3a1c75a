# right: the cache is a list of functions that send gradients back
def _linear(net, i, h):
    out = h @ net[f"W{i}"] + net[f"b{i}"]
    def back(g):
        return g @ net[f"W{i}"].T, {f"W{i}": h.T @ g, f"b{i}": g.sum(axis=0)}
    return out, back
def _relu(z):
    mask = z > 0
    return z * mask, lambda g: (g * mask, {})
def forward_network(net, x):
    tape, h = [], x
    for i in (1, 2, 3):
        h, back = _linear(net, i, h)
        tape.append(back)
        if i < 3:
            h, back = _relu(h)
            tape.append(back)
    return h, tape
def backward_network(net, cache, grad_out, lr=1e-3):
    grads, g = {}, grad_out
    for back in reversed(cache):
        g, found = back(g)
        grads.update(found)
    for k, grad in grads.items():
        net["velocities"][k] = net["momentum"] * net["velocities"][k] + (1 - net["momentum"]) * grad
        net[k] = net[k] - lr * net["velocities"][k]
