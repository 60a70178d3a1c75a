# wrong: the root is added, not taken away
# cause: added, not subtracted
# severity: fatal, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) + 2 * tr_covmean)
