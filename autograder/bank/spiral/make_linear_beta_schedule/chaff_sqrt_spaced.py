# wrong: Stable Diffusion's scaled-linear schedule: the roots are evenly spaced, not the betas
# cause: the square roots are evenly spaced, not the betas
# severity: major, argued: the betas are others
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start**0.5, beta_end**0.5, T) ** 2
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
