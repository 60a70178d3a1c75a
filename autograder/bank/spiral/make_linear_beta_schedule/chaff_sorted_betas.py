# wrong: the ends are sorted, so a schedule from large to small comes out reversed
# cause: are they sorted?
# severity: minor, argued: an edge argument, beta_start above beta_end
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    lo, hi = min(beta_start, beta_end), max(beta_start, beta_end)
    betas = np.linspace(lo, hi, T)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
