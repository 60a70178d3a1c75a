# tries: to use all memory with Python's own objects, while it is asked
# %% todo p_sample
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    hoard = [0]
    while len(hoard) < 2**29:
        hoard += hoard
    raise RuntimeError("LEAK" "ED: 4 GB of memory")
