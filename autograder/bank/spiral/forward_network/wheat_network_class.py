# right: an MLP object over the dict
class MLP:
    def __init__(self, params):
        self.p = params
        self.tape = {}
    def linear(self, i, h):
        return h @ self.p[f"W{i}"] + self.p[f"b{i}"]
    def __call__(self, x):
        t = self.tape
        t["x"] = x
        t["z1"] = self.linear(1, x); t["h1"] = relu(t["z1"])
        t["z2"] = self.linear(2, t["h1"]); t["h2"] = relu(t["z2"])
        return self.linear(3, t["h2"])
    def backward(self, g):
        t, p = self.tape, self.p
        d2 = relu_deriv(t["z2"]) * (g @ p["W3"].T)
        d1 = relu_deriv(t["z1"]) * (d2 @ p["W2"].T)
        yield from (("W3", t["h2"].T @ g), ("b3", g.sum(0)), ("W2", t["h1"].T @ d2), ("b2", d2.sum(0)), ("W1", t["x"].T @ d1), ("b1", d1.sum(0)))
def forward_network(net, x):
    model = MLP(net)
    return model(x), model
def backward_network(net, cache, grad_out, lr=1e-3):
    m = net["momentum"]
    for k, g in list(cache.backward(grad_out)):
        net["velocities"][k] = m * net["velocities"][k] + (1 - m) * g
        net[k] = net[k] - lr * net["velocities"][k]
