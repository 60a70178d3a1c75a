# right: a sampler object; the noise is drawn with loc and scale, the network asked twice to no harm
class ReverseStep:
    def __init__(self, betas):
        self.betas = np.asarray(betas, dtype=float)
        self.alphas = 1.0 - self.betas
        self.bars = np.exp(np.cumsum(np.log(self.alphas)))
    def mean(self, x, eps, i):
        keep = self.alphas[i] ** -0.5
        return keep * x - keep * self.betas[i] * (1.0 - self.bars[i]) ** -0.5 * eps
    def variance(self, i):
        return self.betas[i] * (1.0 - self.bars[i - 1]) / (1.0 - self.bars[i]) if i else 0.0
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    step, i = ReverseStep(betas), t - 1
    inputs = np.hstack([np.asarray(x_t), np.tile([[t / len(betas)]], (len(x_t), 1))])
    forward_network(network, inputs)
    eps = forward_network(network, inputs)[0]
    mu = step.mean(x_t, eps, i)
    return rng.normal(loc=mu, scale=np.sqrt(step.variance(i)))
