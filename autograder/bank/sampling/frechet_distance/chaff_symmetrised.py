# wrong: the product is made symmetric first
# cause: symmetric
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvalsh((cov_a @ cov_b + cov_b @ cov_a) / 2).clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
