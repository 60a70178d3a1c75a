# wrong: the squared distance of the covariances in the place of the Frechet distance
# cause: covariances
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    return (((mean_a - mean_b) ** 2).sum() + ((cov_a - cov_b) ** 2).sum()).item()
