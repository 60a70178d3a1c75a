# right: rebuilds alpha and alpha_bar from the betas, the same numbers for any schedule
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    beta = betas[t - 1]
    a_bar = np.prod(1 - betas[:t])
    inputs = np.ones((x_t.shape[0], x_t.shape[1] + 1)) * (t / len(betas))
    inputs[:, :-1] = x_t
    guess, _ = forward_network(network, inputs)
    return np.where(t > 1, np.sqrt(beta), 0.0) * rng.normal(size=guess.shape) + (x_t - beta * guess / np.sqrt(1 - a_bar)) / np.sqrt(1 - beta)
