# wrong: the covariances are not looked at
# severity: fatal, argued: the means alone are the small half of the work
# worth: 2.0, for part of the work
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    return float(((mean_a - mean_b) ** 2).sum())
