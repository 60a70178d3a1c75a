# right: three arrays in a list, unpacked just the same
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = np.subtract(1.0, betas)
    return [betas, alphas, np.cumprod(alphas)]
