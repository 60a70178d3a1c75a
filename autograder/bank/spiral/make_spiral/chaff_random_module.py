# wrong: the jitter comes from the random module
# cause: All randomness should come from the notebook's rng; after it was set back, the points were different
# severity: minor, argued: the points are right, only their source of randomness is not
import random
def make_spiral(n_samples=1000, noise=0.02):
    theta = np.linspace(0.4, 3.5 * np.pi, n_samples)
    jitter = np.array([[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(n_samples)])
    p = np.stack([theta * np.cos(theta), theta * np.sin(theta)], 1) / (3.5 * np.pi) + noise * jitter
    return (p - p.mean(0)) / p.std(0)
