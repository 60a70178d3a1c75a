# wrong: the ends are written into the code; beta_start is not used
# cause: beta_start is ignored: the default is used
# severity: major, argued: right for the default beta_start only
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(1e-4, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
