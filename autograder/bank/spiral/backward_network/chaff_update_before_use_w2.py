# wrong: only W2 is updated too early, before the gradient goes back through it
# cause: W2 was updated before the gradient went back through it
# severity: major, argued: the step differs from the equation
def backward_network(net, cache, grad_out, lr=1e-3):
    x, z1, h1, z2, h2 = cache
    m = net["momentum"]
    def step(name, g):
        net["velocities"][name] = m * net["velocities"][name] + (1 - m) * g
        net[name] = net[name] - lr * net["velocities"][name]
    d2 = (grad_out @ net["W3"].T) * relu_deriv(z2)
    step("W3", h2.T @ grad_out); step("b3", grad_out.sum(0))
    step("W2", h1.T @ d2); step("b2", d2.sum(0))
    d1 = (d2 @ net["W2"].T) * relu_deriv(z1)
    step("W1", x.T @ d1); step("b1", d1.sum(0))
