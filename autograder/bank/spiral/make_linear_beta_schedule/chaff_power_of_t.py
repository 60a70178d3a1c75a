# wrong: alpha_bar_t = alpha_t ** t, right only for constant betas
# cause: each alpha is raised to the power of its step
# severity: major, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, alphas ** np.arange(1, T + 1)
