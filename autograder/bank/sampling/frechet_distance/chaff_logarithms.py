# wrong: the root by logarithms of the eigenvalues: -inf and NaN where they are 0
# symptom: stopped with
# severity: major, argued: NaN for singular covariances
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors @ torch.diag(torch.log(values) / 2).matrix_exp() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    means = ((mean_a - mean_b) ** 2).sum()
    return (means + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()).item()
