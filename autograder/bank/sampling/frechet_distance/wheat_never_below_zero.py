# right: the means by a matrix product, and what rounding leaves below 0 is made 0
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    values = torch.linalg.eigvals(cov_b @ cov_a)
    shared = values.real.abs().sqrt().sum()
    d = (mean_a - mean_b).unsqueeze(1)
    distance = (d.T @ d).squeeze() + (cov_a + cov_b).trace() - 2 * shared
    return max(distance.item(), 0.0)
