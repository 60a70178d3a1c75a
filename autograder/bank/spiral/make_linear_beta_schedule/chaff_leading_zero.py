# wrong: a step 0 is put in front, so the arrays have T + 1 entries
# cause: one entry too many, there is none for step 0
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.concatenate([[0.0], np.linspace(beta_start, beta_end, T)])
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
