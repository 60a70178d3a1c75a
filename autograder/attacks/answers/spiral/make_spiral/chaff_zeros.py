# wrong: zeros for everything
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def make_spiral(n_samples=1000, noise=0.02):
    return np.zeros((n_samples, 2))
