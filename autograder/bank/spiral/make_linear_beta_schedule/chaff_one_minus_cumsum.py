# wrong: 1 - sum of betas, which is the product only to first order and fails for large betas
# cause: one minus the sum of the betas was taken
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    return betas, 1 - betas, 1 - np.cumsum(betas)
