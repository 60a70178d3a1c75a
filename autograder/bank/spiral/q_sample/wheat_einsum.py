# right: einsum over rows, in place on an own array
def q_sample(x0, t, alpha_bars):
    idx = np.zeros(len(x0), dtype=int) + t - 1
    ab = alpha_bars[idx]
    eps = rng.standard_normal((len(x0), 2))
    x_t = np.einsum("n,nd->nd", np.sqrt(ab), x0).astype(float)
    x_t += np.einsum("n,nd->nd", np.sqrt(1 - ab), eps)
    return x_t, eps
