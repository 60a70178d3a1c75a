# wrong: the betas are clipped to 0.02, as in a cosine schedule's code
# cause: are they cut off?
# severity: major, argued: right for small betas only
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.clip(np.linspace(beta_start, beta_end, T), 0, 0.02)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
