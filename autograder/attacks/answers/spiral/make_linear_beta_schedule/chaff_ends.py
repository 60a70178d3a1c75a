# wrong: the right ends, and nothing between them
# severity: fatal, argued: no work, or next to none
# worth: 1
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    b = np.full(T, beta_end)
    b[0] = beta_start
    return b, b, b
