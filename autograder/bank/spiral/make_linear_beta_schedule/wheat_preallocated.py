# right: empty arrays filled in one loop
def make_linear_beta_schedule(T: int = 100, beta_start: float = 1e-4, beta_end: float = 5e-3):
    """Linear schedule; returns (betas, alphas, alpha_bars)."""
    if T < 1:
        raise ValueError("T must be positive")
    betas = np.zeros(T); alphas = np.zeros(T); alpha_bars = np.zeros(T)
    running = 1.0
    for t, beta in enumerate(np.linspace(beta_start, beta_end, T)):
        betas[t] = beta
        alphas[t] = 1.0 - beta
        running *= alphas[t]
        alpha_bars[t] = running
    return betas, alphas, alpha_bars
