# right: a class does the work, own generator made once outside the function
class ForwardProcess:
    generator = np.random.default_rng()
    def __init__(self, alpha_bars):
        self.signal = np.sqrt(alpha_bars)
        self.noise = np.sqrt(1.0 - alpha_bars)
    def __call__(self, x0, t):
        t = np.asarray(t)
        assert t.min() >= 1 and t.max() <= len(self.signal)
        eps = self.generator.normal(size=x0.shape)
        pick = (t - 1).reshape(-1, 1)
        return self.signal[pick] * x0 + self.noise[pick] * eps, eps
def q_sample(x0, t, alpha_bars):
    return ForwardProcess(np.asarray(alpha_bars))(np.asarray(x0), t)
