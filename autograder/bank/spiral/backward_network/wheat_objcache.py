# right: the cache is an object, the weights come back in float32
class Cache: pass
def forward_network(net, x):
    c = Cache(); c.inputs, c.pre = [], []
    a = x
    for k in (1, 2, 3):
        c.inputs.append(a)
        z = np.einsum("ni,ij->nj", a, net[f"W{k}"])
        z += net[f"b{k}"]
        c.pre.append(z)
        a = np.where(z > 0, z, 0.0) if k < 3 else z
    return a, c
def backward_network(net, cache, grad_out, lr=1e-3):
    d, todo = grad_out, []
    for k in (3, 2, 1):
        todo.append((f"W{k}", np.einsum("ni,nj->ij", cache.inputs[k - 1], d)))
        todo.append((f"b{k}", np.ones(len(d)) @ d))
        if k > 1:
            d = np.einsum("nj,ij->ni", d, net[f"W{k}"]) * (cache.pre[k - 2] >= 0)
    for name, g in todo:
        net["velocities"][name] += (1 - net["momentum"]) * (g - net["velocities"][name])
        net[name] = (net[name] - lr * net["velocities"][name]).astype(np.float32)
