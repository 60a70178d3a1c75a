# wrong: copied from OpenAI's code: start and end are scaled by 1000 / T
# cause: the betas are scaled by 1000 / T
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    scale = 1000 / T
    betas = np.linspace(scale * beta_start, scale * beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
