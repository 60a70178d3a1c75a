# right: broadcasting over the transposed arrays, as a MATLAB user writes it
def q_sample(x0, t, alpha_bars):
    ab = alpha_bars[np.subtract(t, 1)]
    eps = rng.standard_normal(x0.shape)
    return (np.sqrt(ab) * x0.T + np.sqrt(1 - ab) * eps.T).T, eps
