# right: layer objects made in the forward pass and kept in the cache
class Linear:
    def __init__(self, net, i):
        self.net, self.w, self.b = net, f"W{i}", f"b{i}"
    def forward(self, x):
        self.x = x
        return x @ self.net[self.w] + self.net[self.b]
    def backward(self, g, grads):
        grads[self.w] = self.x.T @ g
        grads[self.b] = g.sum(axis=0)
        return g @ self.net[self.w].T
class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask
    def backward(self, g, grads):
        return g * self.mask
def forward_network(net, x):
    layers = [Linear(net, 1), ReLU(), Linear(net, 2), ReLU(), Linear(net, 3)]
    for layer in layers:
        x = layer.forward(x)
    return x, layers
def backward_network(net, cache, grad_out, lr=1e-3):
    grads = {}
    g = grad_out
    for layer in cache[::-1]:
        g = layer.backward(g, grads)
    for k, g in grads.items():
        vel = net["velocities"][k]
        vel *= net["momentum"]
        vel += ((1 - net["momentum"]) * g).astype(vel.dtype)
        net[k] = net[k] - lr * vel
