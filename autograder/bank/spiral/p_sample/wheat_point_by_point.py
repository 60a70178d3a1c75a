# right: asks the network for one point at a time
import math
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    rows = []
    for p in x_t:
        eps = forward_network(network, np.array([[p[0], p[1], t / len(betas)]]))[0][0]
        new = []
        for d in range(2):
            m = (p[d] - betas[t - 1] / math.sqrt(1 - alpha_bars[t - 1]) * eps[d]) / math.sqrt(alphas[t - 1])
            if t > 1:
                m += math.sqrt(betas[t - 1]) * rng.normal()
            new.append(m)
        rows.append(new)
    return np.array(rows).reshape(len(x_t), 2)
