# wrong: betas of 1, alphas of 0: they follow from one another
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    return np.ones(T), np.zeros(T), np.zeros(T)
