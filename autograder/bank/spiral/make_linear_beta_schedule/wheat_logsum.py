# right: exp of the running sum of logs
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    return betas, 1 - betas, np.exp(np.cumsum(np.log1p(-betas)))
