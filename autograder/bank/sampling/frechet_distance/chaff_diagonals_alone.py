# wrong: only the variances count, as if nothing were correlated
# cause: diagonal
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    deviation_a, deviation_b = cov_a.diagonal().sqrt(), cov_b.diagonal().sqrt()
    return (((mean_a - mean_b) ** 2).sum() + ((deviation_a - deviation_b) ** 2).sum()).item()
