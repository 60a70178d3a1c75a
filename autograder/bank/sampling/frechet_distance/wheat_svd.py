# right: the root by singular values, in plain sums
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    left, values, right = torch.linalg.svd(cov_a)
    root = left @ torch.diag_embed(values.sqrt()) @ left.mT
    inside = root @ cov_b @ root
    inside = (inside + inside.mT) / 2
    shared = torch.linalg.eigvalsh(inside).relu().sqrt()
    total = (mean_a - mean_b).square().sum() + cov_a.diag().sum() + cov_b.diag().sum() - 2 * shared.sum()
    return float(total)
