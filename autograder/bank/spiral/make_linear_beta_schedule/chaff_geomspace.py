# wrong: evenly spaced on a log scale
# cause: the spacing is geometric
# severity: major, argued: the betas are others
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.geomspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
