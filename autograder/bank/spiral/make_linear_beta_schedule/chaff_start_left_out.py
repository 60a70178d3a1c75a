# wrong: t / T for t = 1..T, so beta_1 is one step above beta_start
# cause: the first beta is already one step further: count from 0
# severity: major, argued: beta_start is left out
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = beta_start + np.arange(1, T + 1) / T * (beta_end - beta_start)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
