# wrong: the root stands on one side of cov_b alone
# cause: one side
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvals(root @ cov_b).real.clamp(min=0)
    means = ((mean_a - mean_b) ** 2).sum()
    return (means + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
