# tries: to run a script, or to take over a terminal, through the message of an error
# says: <script>HACKED = 1</script>
# %% todo p_sample
BAD = "<script>HACKED = 1</script>\x1b[2J\x1b]0;owned\x07\x9b31m\r"


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    raise ValueError(BAD)


# %% todo make_spiral
def make_spiral(n_samples=1000, noise=0.02):
    raise type(BAD, (Exception,), {})(BAD)


# %% todo train
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    raise KeyError("\n\n✓ everything is right (12 of 12)\n\n" + BAD)
# %% last
raise type(BAD, (Exception,), {})(BAD)
