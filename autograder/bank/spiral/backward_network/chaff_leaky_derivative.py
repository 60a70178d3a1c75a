# wrong: the derivative is that of a leaky ReLU, but forward is a plain one
# cause: the derivative is that of a leaky ReLU (0.01)
# severity: major, argued: the step differs from the equation
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    leaky = lambda z: np.where(z > 0, 1.0, 0.01)
    d2 = (grad_out @ net["W3"].T) * leaky(z2)
    d1 = (d2 @ net["W2"].T) * leaky(z1)
    grads = {"W1": x.T @ d1, "b1": d1.sum(0), "W2": h1.T @ d2, "b2": d2.sum(0), "W3": h2.T @ grad_out, "b3": grad_out.sum(0)}
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
