# wrong: np.prod gives one number, repeated T times
# cause: every entry is the product of all alphas
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.full(T, np.prod(alphas))
