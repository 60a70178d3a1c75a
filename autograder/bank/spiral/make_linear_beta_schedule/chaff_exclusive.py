# wrong: alpha_bars are shifted by one, they start at 1 (that is alpha_bars_prev)
# cause: each product stops one step early: alpha_bars[k] includes alphas[k]
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    return betas, alphas, np.append(1.0, np.cumprod(alphas)[:-1])
