# wrong: the means are left out
# cause: means' term is missing
# severity: major, argued: another number wherever the means differ
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    means = ((mean_a - mean_b) ** 2).sum()
    return (cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
