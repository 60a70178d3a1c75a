# right: itertools.accumulate with operator.mul
from itertools import accumulate
from operator import mul
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(beta_start, beta_end, T)
    alphas = np.ones_like(betas) - betas
    return betas, alphas, np.fromiter(accumulate(alphas, mul), dtype=float, count=len(alphas))
