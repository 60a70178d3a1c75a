# wrong: alpha_bars are the square roots of the products
# cause: the square root was taken already
# severity: major, argued: q_sample takes the root once more
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.sqrt(np.cumprod(alphas))
