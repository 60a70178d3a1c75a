# wrong: the root is taken of each element of the product, not of the matrix
# cause: number by number
# severity: fatal, argued: not the formula, NaN where an element is negative, and not 0 for equal Gaussians
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    root = torch.sqrt(cov_a @ cov_b)
    return (((mean_a - mean_b) ** 2).sum() + torch.trace(cov_a + cov_b - 2 * root)).item()
