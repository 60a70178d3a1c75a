# wrong: a NumPy array of no dimension comes back, not a float
# cause: a float
# severity: minor, argued: the number is right
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    tr_covmean = eigenvalues.sqrt().sum()
    return (diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean).numpy()
