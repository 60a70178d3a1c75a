# tries: to upset whoever writes it down with text that is no text
# %% last
print("\ud800 \udfff \x00 \ufffe \u202e reversed")
# %% todo p_sample
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    raise ValueError("\ud800\x00" * 100)
# %% todo make_spiral
def make_spiral(n_samples=1000, noise=0.02):
    return {"\ud800": "\udfff"}
# %% file
notebook["cells"][-1]["source"] += "\n# \x00 \x1b[31m"
