# wrong: one number as the gradient of all
# severity: fatal, argued: no work, or next to none
# worth: 1.25
def backward_network(net, cache, grad_out, lr=1e-3):
    for n in ("W1", "b1", "W2", "b2", "W3", "b3"):
        net["velocities"][n] = net["momentum"] * net["velocities"][n] + (1 - net["momentum"]) * grad_out.sum()
        net[n] = net[n] - lr * net["velocities"][n]
