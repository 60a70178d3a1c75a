# wrong: rounded to three digits, small betas become 0 and the spacing uneven
# cause: the betas are rounded to
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.round(np.linspace(beta_start, beta_end, T), 3)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
