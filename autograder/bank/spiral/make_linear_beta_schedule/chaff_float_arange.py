# wrong: np.arange with a float step gives T or T + 1 numbers, depending on rounding
# cause: one entry too many
# severity: major, argued: one number too many, depending on rounding
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    step = (beta_end - beta_start) / (T - 1)
    betas = np.arange(beta_start, beta_end + step, step)
    alphas = 1 - betas
    return betas, alphas, np.cumprod(alphas)
