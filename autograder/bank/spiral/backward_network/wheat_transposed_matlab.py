# right: columns are points inside, as in MATLAB
def forward_network(net, x):
    A0 = x.T
    Z1 = net["W1"].T @ A0 + net["b1"].reshape(-1, 1); A1 = np.maximum(Z1, 0)
    Z2 = net["W2"].T @ A1 + net["b2"].reshape(-1, 1); A2 = np.maximum(Z2, 0)
    Z3 = net["W3"].T @ A2 + net["b3"].reshape(-1, 1)
    return Z3.T, [A0, A1, A2]
def backward_network(net, cache, grad_out, lr=1e-3):
    A0, A1, A2 = cache
    D3 = grad_out.T
    D2 = (net["W3"] @ D3) * np.sign(A2)
    D1 = (net["W2"] @ D2) * np.sign(A1)
    grads = dict(W3=(D3 @ A2.T).T, b3=D3.sum(1), W2=(D2 @ A1.T).T, b2=D2.sum(1), W1=(D1 @ A0.T).T, b1=D1.sum(1))
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
