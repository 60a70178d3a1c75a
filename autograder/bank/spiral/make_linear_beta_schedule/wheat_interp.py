# right: straight line by np.interp, copy of alphas multiplied in place
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.interp(np.arange(1, T + 1), [1, T], [beta_start, beta_end])
    alphas = 1.0 - betas
    alpha_bars = alphas.copy()
    for i in range(1, T):
        alpha_bars[i] *= alpha_bars[i - 1]
    return betas, alphas, alpha_bars
