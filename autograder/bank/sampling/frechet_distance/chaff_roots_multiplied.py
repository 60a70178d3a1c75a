# wrong: the trace of the product of the two roots, which is right for covariances that commute alone
# cause: commute
# severity: major, argued: too large for covariances that do not commute
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors * values.clamp(min=0).sqrt() @ vectors.T

    mixed = torch.trace(root(cov_a) @ root(cov_b))
    return (((mean_a - mean_b) ** 2).sum() + cov_a.trace() + cov_b.trace() - 2 * mixed).item()
