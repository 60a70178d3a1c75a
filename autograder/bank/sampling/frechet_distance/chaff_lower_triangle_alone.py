# wrong: eigvalsh of the product, which is not symmetric: half of it is never read
# cause: symmetric
# severity: fatal, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvalsh(cov_a @ cov_b).clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
