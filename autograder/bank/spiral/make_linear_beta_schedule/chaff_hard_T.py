# wrong: always 100 steps
# cause: is T ignored?
# severity: major, argued: right for T = 100 only
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, 100)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
