# wrong: each entry is the product of two neighbours only, right for the first two steps
# cause: each entry is the product of two neighbours only
# severity: fatal, argued: the noise never covers the data
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    bars = alphas.copy()
    bars[1:] = alphas[1:] * alphas[:-1]
    return betas, alphas, bars
