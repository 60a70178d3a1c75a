# wrong: np.squeeze on the layer's gradients: with a single row the axis of rows is lost
# symptom: `backward_network` stopped with
# severity: minor, argued: shows with a single row only
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    d3 = np.squeeze(grad_out)
    d2 = np.squeeze((d3 @ net["W3"].T) * relu_deriv(z2))
    d1 = np.squeeze((d2 @ net["W2"].T) * relu_deriv(z1))
    grads = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": h1.T @ d2, "b2": d2.sum(axis=0),
             "W3": h2.T @ d3, "b3": d3.sum(axis=0)}
    m = net["momentum"]
    for name, g in grads.items():
        v = m * net["velocities"][name] + (1 - m) * g
        net["velocities"][name] = v
        net[name] = net[name] - lr * v
