# right: backward is right for the student's own forward, which has sigmoids
def forward_network(net, x):
    z1 = x @ net["W1"] + net["b1"]
    h1 = 1 / (1 + np.exp(-z1))
    z2 = h1 @ net["W2"] + net["b2"]
    h2 = 1 / (1 + np.exp(-z2))
    out = h2 @ net["W3"] + net["b3"]
    return out, (x, z1, h1, z2, h2)

def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    g = {}
    g["W3"] = h2.T @ grad_out
    g["b3"] = grad_out.sum(axis=0)
    d2 = (grad_out @ net["W3"].T) * h2 * (1 - h2)
    g["W2"] = h1.T @ d2
    g["b2"] = d2.sum(axis=0)
    d1 = (d2 @ net["W2"].T) * h1 * (1 - h1)
    g["W1"] = x.T @ d1
    g["b1"] = d1.sum(axis=0)
    m = net["momentum"]
    v = net["velocities"]
    for k in g:
        v[k] = m * v[k] + (1 - m) * g[k]
        net[k] = net[k] - lr * v[k]
