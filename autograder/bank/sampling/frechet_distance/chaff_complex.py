# wrong: the eigenvalues stay complex, and so does the distance
# cause: complex
# severity: fatal, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    diff = mean_a - mean_b
    eigenvalues = torch.linalg.eigvals(cov_a @ cov_b)
    tr_covmean = eigenvalues.sqrt().sum()
    return complex(diff.dot(diff) + torch.trace(cov_a) + torch.trace(cov_b) - 2 * tr_covmean)
