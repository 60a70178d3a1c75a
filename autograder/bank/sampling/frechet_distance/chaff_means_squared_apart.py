# wrong: the difference of the squared means, not the square of the difference
# cause: each mean is squared by itself
# severity: major, argued: another number wherever the means differ
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    means = (mean_a.dot(mean_a) - mean_b.dot(mean_b)).abs()
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(means + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
