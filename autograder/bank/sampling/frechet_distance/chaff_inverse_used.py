# wrong: by way of an inverse, which singular covariances do not have
# cause: singular
# severity: major, argued: stops for singular covariances
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors * values.clamp(min=0).sqrt() @ vectors.T

    half = root(cov_a)
    back = torch.linalg.inv(half)
    middle = half @ root(half @ cov_b @ half) @ back
    return (((mean_a - mean_b) ** 2).sum() + cov_a.trace() + cov_b.trace() - 2 * middle.trace()).item()
