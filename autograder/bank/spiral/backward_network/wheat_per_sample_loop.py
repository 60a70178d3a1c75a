# right: outer products added up point by point, with np.add.at for the biases
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    W2, W3 = net["W2"].copy(), net["W3"].copy()
    grads = {k: np.zeros(net[k].shape) for k in ("W1", "W2", "W3", "b1", "b2", "b3")}
    for n in range(x.shape[0]):
        g3 = grad_out[n]
        g2 = (W3 @ g3) * (z2[n] > 0)
        g1 = (W2 @ g2) * (z1[n] > 0)
        for i, (inp, g) in enumerate([(x[n], g1), (h1[n], g2), (h2[n], g3)], 1):
            grads[f"W{i}"] += np.outer(inp, g)
            np.add.at(grads[f"b{i}"], np.arange(g.size), g)
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
