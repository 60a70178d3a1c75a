# right: a trainer object with an own generator for t, made at each construction without a seed
class Trainer:
    def __init__(self, network, data, T, alpha_bars, lr, smoothing):
        self.__dict__.update(network=network, data=data, T=T, ab=alpha_bars, lr=lr, s=smoothing, avg=None)
        self.gen = np.random.default_rng()
    def batch(self):
        t = self.gen.integers(1, self.T + 1, size=self.data.shape[0])
        x_t, eps = q_sample(self.data, t, self.ab)
        return np.hstack([x_t, t[:, None] / self.T]), eps
    def step(self):
        inp, eps = self.batch()
        pred, cache = forward_network(self.network, inp)
        loss, grad = mse_loss(pred, eps)
        backward_network(self.network, cache, grad, lr=self.lr)
        self.avg = loss if self.avg is None else self.avg + (1 - self.s) * (loss - self.avg)
        return self.avg
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    trainer = Trainer(network, X, T, alpha_bars, lr, smoothing)
    return np.fromiter((trainer.step() for _ in range(steps)), dtype=np.float64, count=steps)
