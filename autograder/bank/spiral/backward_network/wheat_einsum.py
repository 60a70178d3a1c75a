# right: einsum everywhere, masks from the activations
def backward_network(net, cache, grad_out, lr=1e-3):
    x, _, h1, _, h2 = cache
    g3 = grad_out
    g2 = np.einsum("no,ho,nh->nh", g3, net["W3"], (h2 > 0).astype(float))
    g1 = np.einsum("nk,hk,nh->nh", g2, net["W2"], (h1 > 0).astype(float))
    mom = net["momentum"]
    for w, b, inp, g in (("W3", "b3", h2, g3), ("W2", "b2", h1, g2), ("W1", "b1", x, g1)):
        for key, grad in ((w, np.einsum("ni,no->io", inp, g)), (b, np.einsum("no->o", g))):
            net["velocities"][key] = mom * net["velocities"][key] + (1 - mom) * grad
            net[key] = net[key] - lr * net["velocities"][key]
