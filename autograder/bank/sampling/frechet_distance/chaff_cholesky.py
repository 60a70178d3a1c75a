# wrong: the root is a Cholesky factor, which singular covariances do not have
# symptom: not positive-definite
# severity: major, argued: stops for singular covariances
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    factor = torch.linalg.cholesky(cov_a)
    inner = torch.linalg.eigvalsh(factor.T @ cov_b @ factor).clamp(min=0)
    return (((mean_a - mean_b) ** 2).sum() + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
