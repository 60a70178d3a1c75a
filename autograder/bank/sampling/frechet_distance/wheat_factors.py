# right: a factor of each covariance, the nuclear norm of their product
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    def factor(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors * values.clamp_min(0).sqrt()

    overlap = torch.linalg.matrix_norm(factor(cov_a).T @ factor(cov_b), ord="nuc")
    means = torch.linalg.vector_norm(mean_a - mean_b) ** 2
    return (means + torch.trace(cov_a) + torch.trace(cov_b) - 2 * overlap).item()
