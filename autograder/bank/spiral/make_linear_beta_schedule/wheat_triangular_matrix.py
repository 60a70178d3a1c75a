# right: products of a lower triangle of alphas, ones above the diagonal
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = 1 - betas
    square = np.where(np.tri(T, dtype=bool), alphas[None, :], 1.0)
    return betas, alphas, square.prod(axis=1)
