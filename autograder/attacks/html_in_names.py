# tries: to run a script, or to take over a terminal, through names that it chose: types, functions, lines
# %% todo p_sample
NAME = "<script>HACKED = 1</script>\x1b[2J\x1b]0;owned\x07"
Strange = type(NAME, (), {"__repr__": lambda self: NAME})


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    return Strange()


# %% todo make_spiral
class Meta(type):
    __name__ = property(lambda self: NAME)
    __module__ = property(lambda self: NAME)


class Other(metaclass=Meta):
    pass


def make_spiral(n_samples=1000, noise=0.02):
    return {NAME: Other()}


# %% todo train
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    "<script>HACKED = 2</script>" + 5
