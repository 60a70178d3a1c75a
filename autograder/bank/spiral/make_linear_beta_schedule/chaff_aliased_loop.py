# wrong: alpha_bars is the same array as alphas, the loop overwrites both
# cause: the running product was written over the alphas: make a new array for it
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    alpha_bars = alphas
    for i in range(1, T):
        alpha_bars[i] = alpha_bars[i - 1] * alphas[i]
    return betas, alphas, alpha_bars
