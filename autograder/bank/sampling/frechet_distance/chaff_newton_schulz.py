# wrong: Newton-Schulz steps for the root, which divide by the norm and are slow for singular products
# cause: covariance of zeros
# severity: major, argued: NaN for zeros, another number for singular covariances
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    product = cov_a @ cov_b
    norm = product.norm()
    eye = torch.eye(len(product), dtype=product.dtype)
    y, z = product / norm, eye
    for _ in range(20):
        step = 0.5 * (3 * eye - z @ y)
        y, z = y @ step, step @ z
    shared = torch.trace(y) * norm.sqrt()
    return (((mean_a - mean_b) ** 2).sum() + cov_a.trace() + cov_b.trace() - 2 * shared).item()
