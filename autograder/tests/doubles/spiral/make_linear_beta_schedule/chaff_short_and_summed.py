# wrong: the betas stop one step short of beta_end, and the alphas are added up
# holds: chaff_arange, chaff_cumsum
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    step = (beta_end - beta_start) / T
    betas = np.array([beta_start + k * step for k in range(T)])
    alphas = 1 - betas
    return betas, alphas, alphas.cumsum()
