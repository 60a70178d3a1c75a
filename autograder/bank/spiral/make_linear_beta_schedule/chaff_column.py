# wrong: columns (T, 1) in place of (T,)
# cause: one axis is enough
# severity: major, argued: the shape breaks what uses a vector of steps
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T).reshape(-1, 1)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas, axis=0)
