# right: one array of three rows, which unpacks like three arrays
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    steps = np.arange(T, dtype=np.float64)
    betas = beta_start + steps * ((beta_end - beta_start) / max(T - 1, 1))
    alphas = 1.0 - betas
    return np.stack([betas, alphas, np.multiply.accumulate(alphas)])
