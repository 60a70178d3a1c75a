# wrong: divided by the total spread and multiplied again, which is 0 by 0 for zeros
# cause: zeros
# severity: major, argued: NaN for two covariances of zeros
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    scale = cov_a.trace() + cov_b.trace()
    inner = inner / scale**2 * scale**2
    means = ((mean_a - mean_b) ** 2).sum()
    return (means + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
