# right: eigenvalues of the product, real and at least 0 but for rounding
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values = torch.linalg.eigvals(cov_a @ cov_b).real
    root = values.clamp(min=0).sqrt().sum()
    apart = mean_a - mean_b
    return float(apart @ apart + torch.trace(cov_a) + torch.trace(cov_b) - 2 * root)
