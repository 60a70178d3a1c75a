# right: written with the score s = -eps / sqrt(1 - alpha_bar)
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    def score(x):
        time_column = np.zeros((len(x), 1)) + t / len(betas)
        eps, _ = forward_network(network, np.append(x, time_column, axis=1))
        return -eps / np.sqrt(1 - alpha_bars[t - 1])
    beta = betas[t - 1]
    drift = x_t + beta * score(x_t)
    diffusion = np.sqrt(beta) * rng.standard_normal(x_t.shape) * (t > 1)
    return drift / np.sqrt(alphas[t - 1]) + diffusion
