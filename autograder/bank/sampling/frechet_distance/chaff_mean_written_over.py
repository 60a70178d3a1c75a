# wrong: the difference of the means is written over the first one
# cause: change
# severity: minor, argued: the number is right, only the caller's mean changes
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a.sub_(mean_b)
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return float(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
