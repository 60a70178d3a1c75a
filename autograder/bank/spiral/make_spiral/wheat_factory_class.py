# right: a class behind the function, everything drawn from the notebook's rng
class _Spiral:
    def __init__(self, turns=1.75, start=0.25, generator=None):
        self.turns, self.start, self.generator = turns, start, generator
    def curve(self, u):
        a = 2 * np.pi * (self.start + self.turns * u)
        return np.stack((a * np.sin(a), a * np.cos(a)), axis=-1) / (2 * np.pi * (self.start + self.turns))
    def sample(self, n, noise):
        clean = self.curve(self.generator.random(n) ** 0.5)
        return self.normalise(clean + self.generator.normal(0, noise, clean.shape))
    @staticmethod
    def normalise(p):
        return (p - p.mean(axis=0)) / (p.std(axis=0) + 1e-8)
def make_spiral(n_samples=1000, noise=0.02):
    return _Spiral(generator=rng).sample(int(n_samples), float(noise))
