# right: complex roots of the product's eigenvalues, of which the real part is taken
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    roots = torch.linalg.eigvals(cov_a @ cov_b).sqrt().real
    difference = mean_a - mean_b
    distance = torch.dot(difference, difference) + torch.trace(cov_a + cov_b) - 2 * torch.sum(roots)
    return distance.item()
