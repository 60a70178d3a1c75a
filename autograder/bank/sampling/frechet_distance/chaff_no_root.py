# wrong: the root is missing: the trace of the product
# cause: root
# severity: fatal, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
