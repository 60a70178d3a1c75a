# wrong: what came in comes back
# severity: fatal, argued: no work, or next to none
# worth: 3, for part of the work
def q_sample(x0, t, alpha_bars):
    return x0.copy(), rng.normal(size=x0.shape)
