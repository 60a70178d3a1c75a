# wrong: W2's gradient takes the layer's output in place of its input
# cause: the layer's output stands where its input should
# severity: major, argued: the step differs from the equation
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    g = {}
    g["W3"] = h2.T @ grad_out
    g["b3"] = grad_out.sum(axis=0)
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    g["W2"] = h2.T @ d2
    g["b2"] = d2.sum(axis=0)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    g["W1"] = x.T @ d1
    g["b1"] = d1.sum(axis=0)
    m = net["momentum"]
    v = net["velocities"]
    for k in g:
        v[k] = m * v[k] + (1 - m) * g[k]
        net[k] = net[k] - lr * v[k]
