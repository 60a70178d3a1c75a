# wrong: the betas fall from beta_end to beta_start
# cause: the betas run backwards
# severity: major, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_end, beta_start, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
