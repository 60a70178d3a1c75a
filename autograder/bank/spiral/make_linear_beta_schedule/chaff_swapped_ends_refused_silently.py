# wrong: a falling schedule is turned round
# cause: are they sorted?
# severity: minor, argued: an edge argument, beta_start above beta_end
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    if beta_start > beta_end:
        beta_start, beta_end = beta_end, beta_start
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1.0 - betas
    return betas, alphas, np.cumprod(alphas)
