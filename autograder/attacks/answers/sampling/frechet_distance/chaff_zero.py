# wrong: every two Gaussians are the same
# severity: fatal, argued: no work, or next to none
# worth: 1.25
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    return 0.0
