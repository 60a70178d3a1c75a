# right: the cache is a function that computes all gradients
def forward_network(net, x):
    steps, h = [], x
    for k in "123":
        z = h @ net["W" + k] + net["b" + k]
        steps.append((k, h, z))
        h = z if k == "3" else np.where(z > 0, z, 0)
    def pullback(g):
        grads = {}
        for k, inp, z in reversed(steps):
            if k != "3":
                g = np.where(z > 0, g, 0)
            grads["W" + k], grads["b" + k] = inp.T @ g, g.sum(0)
            g = g @ net["W" + k].T
        return grads
    return h, pullback
def backward_network(net, cache, grad_out, lr=1e-3):
    for name, g in cache(grad_out).items():
        v = net["velocities"][name] = net["momentum"] * net["velocities"][name] + (1 - net["momentum"]) * g
        net[name] = net[name] - lr * v
