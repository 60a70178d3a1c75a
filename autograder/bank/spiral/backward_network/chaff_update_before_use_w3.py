# wrong: W3 is updated before the gradient goes back through it
# cause: W3 was updated before the gradient went back through it
# severity: major, argued: the gradients below are those of other weights
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    m, v = net["momentum"], net["velocities"]
    def update(name, g):
        v[name] = m * v[name] + (1 - m) * g
        net[name] = net[name] - lr * v[name]
    update("W3", h2.T @ grad_out)
    update("b3", grad_out.sum(axis=0))
    d2 = (grad_out @ net["W3"].T) * (z2 > 0)
    d1 = (d2 @ net["W2"].T) * (z1 > 0)
    update("W2", h1.T @ d2)
    update("b2", d2.sum(axis=0))
    update("W1", x.T @ d1)
    update("b1", d1.sum(axis=0))
