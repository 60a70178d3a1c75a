# wrong: leaky ReLUs, and the last bias is left out
# holds: chaff_leaky, chaff_last_bias_missing
def forward_network(net, x):
    def activation(z):
        return np.maximum(0.01 * z, z)

    z1 = x @ net["W1"] + net["b1"]
    h1 = activation(z1)
    z2 = h1 @ net["W2"] + net["b2"]
    h2 = activation(z2)
    return h2 @ net["W3"], (x, z1, h1, z2, h2)


def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    back2 = relu_deriv(z2) * (grad_out @ net["W3"].T)
    back1 = relu_deriv(z1) * (back2 @ net["W2"].T)
    grads = {}
    for layer, (inputs, back) in enumerate([(x, back1), (h1, back2), (h2, grad_out)], start=1):
        grads[f"W{layer}"] = inputs.T @ back
        grads[f"b{layer}"] = back.sum(axis=0)
    for name in grads:
        velocity = net["momentum"] * net["velocities"][name] + (1 - net["momentum"]) * grads[name]
        net["velocities"][name] = velocity
        net[name] = net[name] - lr * velocity
