# wrong: the last alpha_bar is forced to 0 (zero terminal SNR), it is no product any more
# cause: the last entry was set to 0
# severity: major, argued: the last product is another
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    bars = np.cumprod(alphas)
    bars[-1] = 0.0
    return betas, alphas, bars
