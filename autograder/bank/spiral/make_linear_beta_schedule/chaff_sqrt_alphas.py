# wrong: alphas are sqrt(1 - beta), the products follow them
# cause: the square root was taken
# severity: major, argued: half of the noise is missing
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = np.sqrt(1 - betas)
    return betas, alphas, np.cumprod(alphas)
