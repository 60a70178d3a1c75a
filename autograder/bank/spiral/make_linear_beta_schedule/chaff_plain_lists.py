# wrong: three lists in place of three arrays
# cause: betas should be an array, not a list
# severity: minor, argued: the numbers are right, only in lists
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas, alphas, bars, prod = [], [], [], 1.0
    for k in range(T):
        b = beta_start + (beta_end - beta_start) * k / max(T - 1, 1)
        prod *= 1 - b
        betas.append(b); alphas.append(1 - b); bars.append(prod)
    return betas, alphas, bars
