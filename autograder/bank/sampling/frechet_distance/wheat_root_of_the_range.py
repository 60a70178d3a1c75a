# right: only the directions in which the first Gaussian has any spread
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values, vectors = torch.linalg.eigh(cov_a)
    wide = values > 1e-14 * values.abs().max()
    half = vectors[:, wide] * values[wide].sqrt()
    inner = torch.linalg.eigvalsh(half.T @ cov_b @ half) if wide.any() else values.new_zeros(1)
    shared = sum(math.sqrt(max(v, 0.0)) for v in inner.tolist())
    return (mean_a - mean_b).pow(2).sum().item() + torch.trace(cov_a + cov_b).item() - 2 * shared
