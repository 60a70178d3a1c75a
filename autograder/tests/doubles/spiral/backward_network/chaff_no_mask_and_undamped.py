# wrong: the ReLU of layer 1 is forgotten on the way back, and the gradient enters the velocity undamped
# holds: chaff_no_mask_layer1, chaff_undamped
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    grads = {"W3": h2.T @ grad_out, "b3": grad_out.sum(axis=0)}
    back = (grad_out @ net["W3"].T) * relu_deriv(z2)
    grads |= {"W2": h1.T @ back, "b2": back.sum(axis=0)}
    back = back @ net["W2"].T
    grads |= {"W1": x.T @ back, "b1": back.sum(axis=0)}
    for name, gradient in grads.items():
        net["velocities"][name] = net["momentum"] * net["velocities"][name] + gradient
        net[name] = net[name] - lr * net["velocities"][name]
