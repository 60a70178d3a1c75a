# wrong: when N happens to equal a layer's width, the bias is added along the rows instead of the units
# symptom: Each layer should add its bias (along the columns, one number for each unit), x @ W + b
# severity: major, argued: wrong where N is the width of a layer
def forward_network(net, x):
    col = lambda b, n: b[:, None] if len(b) == n else b
    n = len(x)
    z1 = x @ net["W1"] + col(net["b1"], n); h1 = relu(z1)
    z2 = h1 @ net["W2"] + col(net["b2"], n); h2 = relu(z2)
    return h2 @ net["W3"] + col(net["b3"], n), (x, z1, h1, z2, h2)
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
