# right: the trace of the root is the sum of the singular values of two roots' product
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T

    between = torch.linalg.svdvals(root(cov_a) @ root(cov_b)).sum()
    means = torch.sum((mean_a - mean_b).square())
    return (means + cov_a.diagonal().sum() + cov_b.diagonal().sum() - 2 * between).item()
