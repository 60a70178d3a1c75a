# tries: to have the judge unpickle an object that runs code, or open a file that does
# %% todo p_sample
class Payload:
    def __reduce__(self):
        import os

        return os.system, ("touch @COURSE@/attack-was-here /tmp/attack-was-here",)


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    return np.array([Payload()], dtype=object)


# %% todo make_spiral
def make_spiral(n_samples=1000, noise=0.02):
    return Payload()


# %% todo train
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    return np.zeros(steps, dtype=[("losses", "f8")])
