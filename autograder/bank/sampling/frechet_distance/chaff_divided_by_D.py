# wrong: divided by the number of dimensions
# cause: averaged
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    means = ((mean_a - mean_b) ** 2).sum()
    return (means + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item() / len(mean_a)
