# wrong: alpha_bars are collected in a list, which is never made an array
# cause: alpha_bars should be an array, not a list
# severity: minor, argued: the numbers are right, only in a list
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    alpha_bars = [np.prod(alphas[: k + 1]) for k in range(T)]
    return betas, alphas, alpha_bars
