# wrong: the weights shrink whatever the gradient is
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def backward_network(net, cache, grad_out, lr=1e-3):
    for n in ("W1", "b1", "W2", "b2", "W3", "b3"):
        net[n] = net[n] * (1 - lr)
