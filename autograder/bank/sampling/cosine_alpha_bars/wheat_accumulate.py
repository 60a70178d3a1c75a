# right: itertools' accumulate, a generator of ratios
from itertools import accumulate
from operator import mul


def cosine_alpha_bars(T, s=0.008):
    def f(t):
        return math.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2

    alphas = (1 - min(0.999, 1 - f(t + 1) / f(t)) for t in range(T))
    return torch.tensor(list(accumulate(alphas, mul)), dtype=torch.float64)
