# right: a list of two; the cache is a dictionary
def forward_network(net: dict, x: np.ndarray):
    """Forward pass of the three-layer MLP."""
    cache = {"A0": x}
    for i in (1, 2, 3):
        z = np.dot(cache[f"A{i - 1}"], net[f"W{i}"]) + net[f"b{i}"]
        cache[f"Z{i}"] = z
        cache[f"A{i}"] = np.maximum(z, 0.0) if i < 3 else z
    return [cache["A3"], cache]
def backward_network(net, cache, grad_out, lr=1e-3):
    m, delta, grads = net["momentum"], grad_out, {}
    for i in (3, 2, 1):
        grads[f"W{i}"] = cache[f"A{i - 1}"].T @ delta
        grads[f"b{i}"] = np.sum(delta, axis=0)
        if i > 1:
            delta = (delta @ net[f"W{i}"].T) * (cache[f"Z{i - 1}"] > 0)
    for key, grad in grads.items():
        net["velocities"][key] = m * net["velocities"][key] + (1 - m) * grad
        net[key] = net[key] - lr * net["velocities"][key]
