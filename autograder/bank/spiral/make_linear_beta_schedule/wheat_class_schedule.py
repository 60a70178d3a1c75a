# right: an object with properties, unpacked at the end
class LinearSchedule:
    def __init__(self, T, lo, hi):
        assert T >= 1
        self.betas = np.linspace(lo, hi, int(T), dtype=np.float64)
    @property
    def alphas(self):
        return 1.0 - self.betas
    @property
    def alpha_bars(self):
        return self.alphas.cumprod()
    def __iter__(self):
        return iter((self.betas, self.alphas, self.alpha_bars))
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    return tuple(LinearSchedule(T, beta_start, beta_end))
