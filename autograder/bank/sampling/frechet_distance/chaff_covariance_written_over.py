# wrong: the sum of the covariances is written over the first one
# cause: change
# severity: minor, argued: the number is right, only the caller's covariance changes
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    means = ((mean_a - mean_b) ** 2).sum()
    return (means + cov_a.add_(cov_b).trace() - 2 * inner.sqrt().sum()).item()
