# right: in NumPy, the root around the second covariance
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    a, b, m, n = (np.asarray(v.cpu(), dtype=float) for v in (cov_a, cov_b, mean_a, mean_b))
    values, vectors = np.linalg.eigh(b)
    root = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ a @ root)
    covmean = np.sqrt(np.maximum(inner, 0)).sum()
    return float(np.sum((m - n) ** 2) + np.trace(a) + np.trace(b) - 2 * covmean)
