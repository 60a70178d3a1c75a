# right: all parameters in one long vector; the velocity is kept flat under another key of the net
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    grads = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": h1.T @ d2, "b2": d2.sum(axis=0),
             "W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0)}
    names = list(grads)
    flat = np.concatenate([grads[k].ravel() for k in names])
    old = net["velocities"].get("flat")
    if old is None:
        old = np.concatenate([np.asarray(net["velocities"][k]).ravel() for k in names])
    v = net["momentum"] * old + (1 - net["momentum"]) * flat
    net["velocities"]["flat"] = v
    start = 0
    for k in names:
        n = net[k].size
        net[k] = net[k] - lr * v[start:start + n].reshape(net[k].shape)
        start += n
