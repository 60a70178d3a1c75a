# right: float32 all the way
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    f = np.float32
    x = np.asarray(x_t, dtype=f)
    tt = np.full((x.shape[0], 1), f(t) / f(len(betas)), dtype=f)
    eps = np.asarray(forward_network(network, np.concatenate((x, tt), 1))[0], dtype=f)
    b, a, ab = (f(v[t - 1]) for v in (betas, alphas, alpha_bars))
    mean = (x - b / np.sqrt(f(1) - ab) * eps) / np.sqrt(a)
    if t > 1:
        mean = mean + np.sqrt(b) * rng.standard_normal(x.shape, dtype=f)
    return mean
