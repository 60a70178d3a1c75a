# wrong: copy and paste: b2 uses and overwrites the velocity of b1
# cause: is another parameter's velocity used?
# severity: major, argued: the step differs from the equation
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    grads = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": h1.T @ d2, "b2": d2.sum(axis=0),
             "W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0)}
    m, v = net["momentum"], net["velocities"]
    for name in ("W1", "W2", "W3", "b1", "b3"):
        v[name] = m * v[name] + (1 - m) * grads[name]
        net[name] = net[name] - lr * v[name]
    v["b1"] = m * v["b1"] + (1 - m) * grads["b2"]
    net["b2"] = net["b2"] - lr * v["b1"]
