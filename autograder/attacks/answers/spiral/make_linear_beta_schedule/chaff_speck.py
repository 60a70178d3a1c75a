# wrong: zeros and ones with one speck in each, so that they are no table of zeros and ones
# severity: fatal, argued: it does another thing than it is for
# worth: 0.25
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas, alphas, bars = np.zeros(T), np.ones(T), np.ones(T)
    betas[0], alphas[0], bars[0] = 1e-9, 1 - 1e-9, 1 - 1e-9
    return betas, alphas, bars
