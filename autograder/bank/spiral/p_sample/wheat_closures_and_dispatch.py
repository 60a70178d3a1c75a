# right: small closures, a dict in the place of the if, NumPy scalars everywhere
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    pick = lambda table: np.float64(table[int(t) - 1])
    b, a, ab = map(pick, (betas, alphas, alpha_bars))
    stamp = np.broadcast_to(np.float64(t) / np.size(betas), (len(x_t), 1))
    out, *_ = forward_network(network, np.block([x_t, stamp]))
    mu = np.divide(np.subtract(x_t, np.multiply(out, b * (1 - ab) ** -0.5)), a ** 0.5)
    jitter = {True: lambda: np.zeros_like(mu), False: lambda: b ** 0.5 * np.random.randn(*mu.shape)}
    return mu + jitter[t == 1]()
