# tries: to overflow the stack, Python's and the machine's
# %% last
import sys

sys.setrecursionlimit(10**9)


def deeper(n=0):
    return deeper(n + 1) + 1


deeper()
# %% todo p_sample
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    return p_sample(network, x_t, t, betas, alphas, alpha_bars)
