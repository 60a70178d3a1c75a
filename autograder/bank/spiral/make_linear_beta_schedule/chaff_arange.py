# wrong: np.arange with step (end - start) / T leaves beta_end out
# cause: the end is left out (endpoint=False, or a division by T where it should be T - 1)
# severity: major, argued: beta_end is left out
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = beta_start + np.arange(T) * (beta_end - beta_start) / T
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
