# right: einsum, result in another memory order
def forward_network(net, x):
    z1 = np.einsum("ni,ih->hn", x, net["W1"]).T + net["b1"][None, :]
    h1 = z1 * (z1 > 0)
    z2 = np.einsum("nh,hk->nk", h1, net["W2"]) + net["b2"][np.newaxis]
    h2 = z2 * (z2 > 0)
    out = np.einsum("nk,ko->on", h2, net["W3"]).T + net["b3"]
    return out, [x, z1, h1, z2, h2]
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
