# right: einsum for means and traces
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """W2 squared between N(mean_a, cov_a) and N(mean_b, cov_b)."""
    lam, q = torch.linalg.eigh((cov_a + cov_a.T) / 2)
    s = torch.einsum("ik,k,jk->ij", q, lam.clip(min=0) ** 0.5, q)
    mid = torch.einsum("ij,jk,kl->il", s, cov_b, s)
    eig = torch.linalg.eigvalsh(mid).clip(min=0)
    gap = mean_a - mean_b
    return float(torch.einsum("i,i->", gap, gap) + torch.einsum("ii->", cov_a + cov_b) - 2 * eig.sqrt().sum())
