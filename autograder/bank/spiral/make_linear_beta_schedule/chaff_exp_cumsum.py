# wrong: exp(-sum of betas), the continuous-time product; close for small betas only
# cause: exp of minus the sum of the betas was taken, which is only near the product
# severity: major, argued: near the product for small betas only
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    return betas, 1 - betas, np.exp(-np.cumsum(betas))
