# wrong: the Kullback-Leibler divergence in the place of the Frechet distance
# cause: Kullback-Leibler
# severity: major, measured
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    inverse = torch.linalg.pinv(cov_b)
    diff = mean_b - mean_a
    logs = torch.slogdet(cov_b)[1] - torch.slogdet(cov_a)[1]
    return (0.5 * (torch.trace(inverse @ cov_a) + diff @ inverse @ diff - len(diff) + logs)).item()
