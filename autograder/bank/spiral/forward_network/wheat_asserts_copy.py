# right: defensive asserts, weights copied into the cache
def forward_network(net, x):
    x = np.atleast_2d(x)
    assert x.ndim == 2 and x.shape[1] == net["W1"].shape[0], "x must be (N, in_dim)"
    w = {k: v.copy() for k, v in net.items() if isinstance(v, np.ndarray)}
    pre1 = x @ w["W1"] + w["b1"]
    post1 = np.maximum(pre1, np.zeros_like(pre1))
    pre2 = post1 @ w["W2"] + w["b2"]
    post2 = np.maximum(pre2, np.zeros_like(pre2))
    return post2 @ w["W3"] + w["b3"], {"w": w, "in": (x.copy(), post1, post2), "masks": (pre1 > 0, pre2 > 0)}
def backward_network(net, cache, grad_out, lr=1e-3):
    (a0, a1, a2), (k1, k2), w = cache["in"], cache["masks"], cache["w"]
    e2 = np.where(k2, grad_out @ w["W3"].T, 0)
    e1 = np.where(k1, e2 @ w["W2"].T, 0)
    for k, g in dict(W1=a0.T @ e1, b1=e1.sum(0), W2=a1.T @ e2, b2=e2.sum(0), W3=a2.T @ grad_out, b3=grad_out.sum(0)).items():
        net["velocities"][k] = net["momentum"] * net["velocities"][k] + (1 - net["momentum"]) * g
        net[k] = net[k] - lr * net["velocities"][k]
