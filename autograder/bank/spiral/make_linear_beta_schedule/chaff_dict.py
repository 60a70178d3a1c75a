# wrong: returns a dictionary
# cause: should return three arrays: betas, alphas, alpha_bars
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return {"betas": betas, "alphas": alphas, "alpha_bars": np.cumprod(alphas)}
