# wrong: the default beta_end is DDPM's 0.02
# cause: is a default of the signature changed?
# severity: major, argued: the notebook shows the default schedule
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=0.02):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
