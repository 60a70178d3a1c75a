# wrong: the answer's order is betas, alpha_bars, alphas
# cause: alphas and alpha_bars changed places
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, np.cumprod(alphas), alphas
