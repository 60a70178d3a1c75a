# wrong: the root is taken of each element of the product, not of the matrix
# cause: number by number
# severity: fatal, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    root = torch.sqrt(cov_a @ cov_b)
    return (((mean_a - mean_b) ** 2).sum() + torch.trace(cov_a + cov_b - 2 * root)).item()
