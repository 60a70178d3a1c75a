# wrong: noise around one point, no spiral
# severity: fatal, argued: no work, or next to none
# worth: 0.75
def make_spiral(n_samples=1000, noise=0.02):
    return noise * np.random.randn(n_samples, 2)
