# right: noise from np.random; the generator is free here
def q_sample(x0, t, alpha_bars):
    eps = np.random.randn(*x0.shape)
    ab = np.array(alpha_bars)[np.array(t) - 1].reshape((-1,) + (1,) * (x0.ndim - 1))
    return ab**0.5 * x0 + (1 - ab) ** 0.5 * eps, eps
