# right: a loop over as many layers as the net has
def forward_network(net, x):
    n_layers = sum(k.startswith("W") for k in net)
    acts, pres = [x], []
    for i in range(1, n_layers + 1):
        z = acts[-1] @ net[f"W{i}"] + net[f"b{i}"]
        pres.append(z)
        acts.append(relu(z) if i < n_layers else z)
    return acts[-1], dict(acts=acts, pres=pres)
def backward_network(net, cache, grad_out, lr=1e-3):
    acts, pres = cache["acts"], cache["pres"]
    n_layers, delta, grads = len(pres), grad_out, {}
    for i in range(n_layers, 0, -1):
        grads[f"W{i}"] = acts[i - 1].T @ delta
        grads[f"b{i}"] = delta.sum(axis=0)
        if i > 1:
            delta = (delta @ net[f"W{i}"].T) * relu_deriv(pres[i - 2])
    m = net["momentum"]
    for k, g in grads.items():
        net["velocities"][k] = m * net["velocities"][k] + (1 - m) * g
        net[k] = net[k] - lr * net["velocities"][k]
