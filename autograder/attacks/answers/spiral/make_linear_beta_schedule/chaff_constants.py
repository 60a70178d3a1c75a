# wrong: the same number everywhere
# severity: fatal, argued: no work, or next to none
# worth: 0.75
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    return np.full(T, 0.5), np.full(T, 0.5), np.full(T, 0.5)
