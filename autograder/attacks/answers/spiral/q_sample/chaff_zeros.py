# wrong: zeros for everything
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def q_sample(x0, t, alpha_bars):
    return np.zeros_like(x0), np.zeros_like(x0)
