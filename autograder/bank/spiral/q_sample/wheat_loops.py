# right: double loop over points and coordinates
import math
def q_sample(x0, t, alpha_bars):
    N, D = x0.shape
    ts = [int(t)] * N if np.isscalar(t) or np.ndim(t) == 0 else [int(v) for v in t]
    x_t = np.zeros((N, D))
    eps = np.zeros((N, D))
    for i in range(N):
        ab = float(alpha_bars[ts[i] - 1])
        for d in range(D):
            eps[i, d] = rng.normal()
            x_t[i, d] = math.sqrt(ab) * x0[i, d] + math.sqrt(1 - ab) * eps[i, d]
    return x_t, eps
