# wrong: noise in the place of all else
# severity: fatal, argued: no work, or next to none
# worth: 3, for part of the work
def q_sample(x0, t, alpha_bars):
    eps = rng.normal(size=x0.shape)
    return eps, eps
