# wrong: the root of each entry, which is the matrix's for diagonal ones alone
# severity: fatal, argued: right for covariances that nobody measures
# worth: 0.5
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    root = (cov_a @ cov_b).clamp(min=0).sqrt()
    return float(((mean_a - mean_b) ** 2).sum() + (cov_a + cov_b - 2 * root).trace())
