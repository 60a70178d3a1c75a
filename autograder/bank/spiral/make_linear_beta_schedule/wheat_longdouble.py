# right: in the longest floats that the machine has
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T, dtype=np.longdouble)
    return betas, 1 - betas, np.cumprod(1 - betas)
