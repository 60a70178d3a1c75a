# wrong: returns a list of points
# cause: p_sample should return a NumPy array, but it returned a list
# severity: minor, argued: the same numbers in a list
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    inp = np.column_stack([x_t, np.full(len(x_t), t / len(betas))])
    eps, _ = forward_network(network, inp)
    out = []
    for x, e in zip(x_t, eps):
        m = (x - betas[t - 1] / np.sqrt(1 - alpha_bars[t - 1]) * e) / np.sqrt(alphas[t - 1])
        if t > 1:
            m = m + np.sqrt(betas[t - 1]) * rng.normal(size=2)
        out.append([float(m[0]), float(m[1])])
    return out
