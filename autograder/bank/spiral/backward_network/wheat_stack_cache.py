# right: the cache is a stack that the backward pass empties; weights are changed in place
def forward_network(net, x):
    stack, a = [], x
    for layer in range(1, 4):
        stack.append((layer, a))
        a = a @ net[f"W{layer}"] + net[f"b{layer}"]
        if layer < 3:
            a = a * (a > 0)
            stack.append(("mask", a > 0))
    return a, stack
def backward_network(net, cache, grad_out, lr=1e-3):
    downhill, g = {}, grad_out
    while cache:
        what, kept = cache.pop()
        if what == "mask":
            g = g * kept
            continue
        downhill[f"W{what}"], downhill[f"b{what}"] = kept.T @ g, g.sum(0)
        g = g @ net[f"W{what}"].T
    keep = net["momentum"]
    for name in downhill:
        velocity = net["velocities"][name]
        velocity += (1 - keep) * (downhill[name] - velocity)
        net[name] -= (lr * velocity).astype(net[name].dtype)
