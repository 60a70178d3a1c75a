# wrong: the running product starts with the second alpha
# cause: alphas[0] is left out of the products
# severity: fatal, measured
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    bars = np.ones(T)
    for t in range(1, T):
        bars[t] = bars[t - 1] * alphas[t]
    return betas, alphas, bars
