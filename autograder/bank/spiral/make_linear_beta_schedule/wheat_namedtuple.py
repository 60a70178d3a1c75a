# right: a namedtuple is a tuple
from collections import namedtuple
Schedule = namedtuple("Schedule", "betas alphas alpha_bars")
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    b = np.linspace(beta_start, beta_end, num=T)
    return Schedule(betas=b, alphas=1 - b, alpha_bars=np.multiply.accumulate(1 - b))
