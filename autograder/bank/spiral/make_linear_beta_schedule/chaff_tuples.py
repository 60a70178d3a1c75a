# wrong: three tuples in place of three arrays
# cause: betas should be an array, not a tuple
# severity: minor, argued: the numbers are right, only in tuples
import math
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = tuple(float(b) for b in np.linspace(beta_start, beta_end, T))
    alphas = tuple(1 - b for b in betas)
    return betas, alphas, tuple(math.prod(alphas[: k + 1]) for k in range(T))
