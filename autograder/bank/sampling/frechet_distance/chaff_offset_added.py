# wrong: a small number is added to both diagonals, so that nothing is singular
# cause: is added to the diagonal
# severity: major, argued: off in the third digit where a covariance is singular
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    offset = 1e-4 * torch.eye(len(mean_a), dtype=cov_a.dtype, device=cov_a.device)
    cov_a, cov_b = cov_a + offset, cov_b + offset
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
