# wrong: running sum in place of the product
# cause: the alphas were added up (cumsum)
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.cumsum(alphas)
