# right: a list of two arrays; where t is one integer it is spread over the rows
def q_sample(x0: np.ndarray, t, alpha_bars: np.ndarray):
    """Sample x_t ~ q(x_t | x_0)."""
    n = x0.shape[0]
    steps = np.full(n, t) if np.isscalar(t) or np.ndim(t) == 0 else np.array(t)
    signal_rate, noise_rate = np.sqrt(alpha_bars), np.sqrt(1.0 - alpha_bars)
    eps = rng.standard_normal(size=x0.shape).astype(x0.dtype)
    x_t = signal_rate[steps - 1, None] * x0 + noise_rate[steps - 1, None] * eps
    return [x_t, eps]
