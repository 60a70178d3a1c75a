# tries: to end the worker, or to hang it, when an error is put into words
# %% todo p_sample
class Bomb(Exception):
    def __str__(self):
        raise SystemExit


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    raise Bomb


# %% todo make_spiral
class Slow(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def make_spiral(n_samples=1000, noise=0.02):
    raise Slow


# %% todo train
class Odd(Exception):
    def __str__(self):
        return type("S", (str,), {"__len__": lambda s: -1, "__getitem__": lambda s, k: s})("odd")


def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    error = Odd()
    error.__cause__ = error.__context__ = error
    raise error
# %% last
raise Bomb
# %% last
raise Odd
