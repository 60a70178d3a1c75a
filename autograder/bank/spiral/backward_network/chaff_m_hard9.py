# wrong: momentum is 0.9 whatever the net says
# cause: momentum is a fixed 0.9
# severity: major, argued: right only for m = 0.9
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    g = {}
    g["W3"] = h2.T @ grad_out
    g["b3"] = grad_out.sum(axis=0)
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    g["W2"] = h1.T @ d2
    g["b2"] = d2.sum(axis=0)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    g["W1"] = x.T @ d1
    g["b1"] = d1.sum(axis=0)
    m = 0.9
    v = net["velocities"]
    for k in g:
        v[k] = m * v[k] + (1 - m) * g[k]
        net[k] = net[k] - lr * v[k]
